-- As drizzle-kit made it, and autovacuum for what is written and removed all the time.
CREATE TABLE "limiter_buckets" (
	"limiter_arn" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"tokens" double precision NOT NULL,
	"tokens_at" bigint NOT NULL,
	"look_at" bigint,
	"full_at" bigint NOT NULL,
	CONSTRAINT "limiter_buckets_limiter_arn_key_pk" PRIMARY KEY("limiter_arn","key")
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
CREATE TABLE "limiter_tasks" (
	"execution_id" uuid NOT NULL,
	"task_id" integer NOT NULL,
	"limiter_arn" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"rank" integer NOT NULL,
	"since" bigint NOT NULL,
	"status" text NOT NULL,
	"granted_at" bigint,
	"state_name" text,
	CONSTRAINT "limiter_tasks_execution_id_task_id_limiter_arn_pk" PRIMARY KEY("execution_id","task_id","limiter_arn")
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
CREATE TABLE "limiter_wakes" (
	"wake_id" bigserial PRIMARY KEY NOT NULL,
	"limiter_arn" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
CREATE TABLE "limiters" (
	"limiter_arn" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"settings" text NOT NULL,
	"concurrency" integer,
	"key_concurrency" integer,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"paused_at" bigint,
	"cursor" text COLLATE "C" DEFAULT '' NOT NULL,
	"tokens" double precision,
	"tokens_at" bigint,
	"look_at" bigint
);
--> statement-breakpoint
CREATE INDEX "limiter_buckets_to_look_at" ON "limiter_buckets" USING btree ("look_at") WHERE "limiter_buckets"."look_at" is not null;--> statement-breakpoint
CREATE INDEX "limiter_buckets_by_full" ON "limiter_buckets" USING btree ("full_at");--> statement-breakpoint
CREATE INDEX "limiter_tasks_queued" ON "limiter_tasks" USING btree ("limiter_arn","rank","key","since") WHERE "limiter_tasks"."status" = 'queued';--> statement-breakpoint
CREATE INDEX "limiter_tasks_keyed" ON "limiter_tasks" USING btree ("limiter_arn","key","rank","since") WHERE "limiter_tasks"."status" = 'keyed';--> statement-breakpoint
CREATE INDEX "limiter_tasks_granted" ON "limiter_tasks" USING btree ("limiter_arn","key") WHERE "limiter_tasks"."status" = 'granted';--> statement-breakpoint
CREATE INDEX "limiter_tasks_by_age" ON "limiter_tasks" USING btree ("limiter_arn","since");--> statement-breakpoint
CREATE INDEX "limiters_to_look_at" ON "limiters" USING btree ("look_at") WHERE "limiters"."look_at" is not null;