CREATE TABLE "access_keys" (
	"access_key_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"account_id" text COLLATE "C" NOT NULL,
	"user_name" text NOT NULL,
	"policy" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"session_token_hash" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"revoked_at" bigint,
	"last_used_at" bigint
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"entry_id" uuid PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"account_id" text NOT NULL,
	"user_arn" text NOT NULL,
	"access_key_id" text,
	"action" text NOT NULL,
	"resource" text NOT NULL,
	"request_id" text NOT NULL,
	"source_address" text NOT NULL,
	"outcome" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_log_by_time" ON "audit_log" USING btree ("at");