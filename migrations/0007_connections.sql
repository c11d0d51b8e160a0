CREATE TABLE "connections" (
	"name_arn" text COLLATE "C" PRIMARY KEY NOT NULL,
	"connection_arn" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"revision" integer NOT NULL,
	"description" text,
	"authorization_type" text NOT NULL,
	"state" text NOT NULL,
	"state_reason" text,
	"shown_parameters" text NOT NULL,
	"sealed_parameters" text NOT NULL,
	"created_at" bigint NOT NULL,
	"modified_at" bigint NOT NULL,
	"authorized_at" bigint
);
--> statement-breakpoint
-- A key that may do everything in its account may use its connections, too.
UPDATE "access_keys" SET "policy" = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["states:*","events:*","everstep:*"],"Resource":"*"}]}' WHERE "policy" = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["states:*","everstep:*"],"Resource":"*"}]}';
