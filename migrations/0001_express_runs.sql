ALTER TABLE "runs" ADD COLUMN "express" text;--> statement-breakpoint
DO $$ BEGIN
	ALTER TABLE "runs" ALTER COLUMN "express" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
	RAISE NOTICE 'this server was built without lz4';
END $$;
