-- Every end is an update of these, so their dead rows are fetched early: the defaults wait for a fifth of the table.
ALTER TABLE "execution_names" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "executions_default" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
--> statement-breakpoint
-- The months made so far; new ones are made so. Partitions have no settings of their parent's.
-- locks the partitions of executions: SHARE UPDATE EXCLUSIVE
DO $$
DECLARE
	month regclass;
BEGIN
	FOR month IN
		SELECT inhrelid::regclass FROM pg_inherits
		WHERE inhparent = 'executions'::regclass AND inhrelid <> 'executions_default'::regclass
	LOOP
		EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)', month);
	END LOOP;
END
$$;
