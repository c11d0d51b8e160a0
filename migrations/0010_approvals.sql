CREATE TABLE "approvals" (
	"execution_id" uuid NOT NULL,
	"task_id" integer NOT NULL,
	"account_id" text COLLATE "C" NOT NULL,
	"execution_arn" text COLLATE "C" NOT NULL,
	"state_machine_arn" text COLLATE "C" NOT NULL,
	"state_name" text NOT NULL,
	"request" text NOT NULL,
	"progress" text NOT NULL,
	"status" text NOT NULL,
	"people" text[] NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"closed_at" bigint,
	"rank" bigint NOT NULL,
	"look_at" bigint,
	CONSTRAINT "approvals_execution_id_task_id_pk" PRIMARY KEY("execution_id","task_id")
);
--> statement-breakpoint
ALTER TABLE "access_keys" ADD COLUMN "groups" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX "approvals_open" ON "approvals" USING btree ("account_id","rank","execution_id","task_id") WHERE "approvals"."status" = 'OPEN';--> statement-breakpoint
CREATE INDEX "approvals_closed" ON "approvals" USING btree ("account_id","rank","execution_id","task_id") WHERE "approvals"."status" <> 'OPEN';--> statement-breakpoint
CREATE INDEX "approvals_waiting" ON "approvals" USING btree ("execution_id","task_id") WHERE "approvals"."status" = 'OPEN';--> statement-breakpoint
CREATE INDEX "approvals_to_look_at" ON "approvals" USING btree ("look_at") WHERE "approvals"."look_at" is not null;