DROP INDEX "executions_by_machine";--> statement-breakpoint
DROP INDEX "task_tokens_untaken";--> statement-breakpoint
CREATE INDEX "executions_by_machine" ON "executions" USING btree ("state_machine_arn","status","start_date");--> statement-breakpoint
CREATE INDEX "task_tokens_untaken" ON "task_tokens" USING btree ("activity_arn","opened_at") WHERE "task_tokens"."kind" = 'activity' and "task_tokens"."status" = 'open' and "task_tokens"."taken_at" is null;