CREATE TABLE "job_stops" (
	"execution_id" uuid NOT NULL,
	"task_id" integer NOT NULL,
	"request" text NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"due_at" bigint NOT NULL,
	CONSTRAINT "job_stops_execution_id_task_id_pk" PRIMARY KEY("execution_id","task_id")
);
--> statement-breakpoint
CREATE INDEX "job_stops_due" ON "job_stops" USING btree ("due_at");