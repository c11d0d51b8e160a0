CREATE TABLE "redrives" (
	"execution_id" uuid NOT NULL,
	"redrive_count" integer NOT NULL,
	"redrive_date" bigint NOT NULL,
	"client_token" text,
	CONSTRAINT "redrives_execution_id_redrive_count_pk" PRIMARY KEY("execution_id","redrive_count")
);
--> statement-breakpoint
CREATE TABLE "state_machine_aliases" (
	"state_machine_arn" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text,
	"versions" integer[] NOT NULL,
	"weights" integer[] NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "state_machine_aliases_state_machine_arn_name_pk" PRIMARY KEY("state_machine_arn","name")
);
--> statement-breakpoint
CREATE TABLE "state_machine_versions" (
	"state_machine_arn" text COLLATE "C" NOT NULL,
	"version" integer NOT NULL,
	"revision_id" text COLLATE "C" NOT NULL,
	"description" text,
	"created_at" bigint NOT NULL,
	CONSTRAINT "state_machine_versions_state_machine_arn_version_pk" PRIMARY KEY("state_machine_arn","version")
);
--> statement-breakpoint
CREATE TABLE "tags" (
	"resource_arn" text COLLATE "C" NOT NULL,
	"tag_key" text COLLATE "C" NOT NULL,
	"tag_value" text NOT NULL,
	CONSTRAINT "tags_resource_arn_tag_key_pk" PRIMARY KEY("resource_arn","tag_key")
);
--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "version" integer;--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "alias" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "state_machines" ADD COLUMN "last_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "state_machines" ADD COLUMN "published_at_creation" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "state_machines" ADD COLUMN "creation_description" text;--> statement-breakpoint
CREATE UNIQUE INDEX "state_machine_versions_by_revision" ON "state_machine_versions" USING btree ("state_machine_arn","revision_id");--> statement-breakpoint
CREATE INDEX "executions_by_version" ON "executions" USING btree ("state_machine_arn","version","start_date","execution_id") WHERE "executions"."version" is not null;--> statement-breakpoint
CREATE INDEX "executions_by_alias" ON "executions" USING btree ("state_machine_arn","alias","start_date","execution_id") WHERE "executions"."alias" is not null;