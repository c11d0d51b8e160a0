CREATE TABLE "map_run_outcomes" (
	"map_run_id" uuid NOT NULL,
	"page" integer NOT NULL,
	"part" integer NOT NULL,
	"outcomes" text NOT NULL,
	CONSTRAINT "map_run_outcomes_map_run_id_page_part_pk" PRIMARY KEY("map_run_id","page","part")
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
CREATE TABLE "map_runs" (
	"map_run_id" uuid PRIMARY KEY NOT NULL,
	"map_run_arn" text COLLATE "C" NOT NULL,
	"execution_id" uuid NOT NULL,
	"execution_arn" text COLLATE "C" NOT NULL,
	"state_machine_arn" text COLLATE "C" NOT NULL,
	"status" text NOT NULL,
	"start_date" bigint NOT NULL,
	"stop_date" bigint,
	"max_concurrency" bigint NOT NULL,
	"tolerated_failure_count" bigint,
	"tolerated_failure_percentage" double precision,
	"progress" text NOT NULL,
	"redrive_count" integer DEFAULT 0 NOT NULL,
	"redrive_date" bigint
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
--> statement-breakpoint
CREATE INDEX "map_runs_by_execution" ON "map_runs" USING btree ("execution_id","start_date","map_run_id");--> statement-breakpoint
CREATE INDEX "map_runs_open" ON "map_runs" USING btree ("state_machine_arn") WHERE "map_runs"."status" = 'RUNNING';