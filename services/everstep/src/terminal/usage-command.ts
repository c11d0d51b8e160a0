import { Command } from 'commander';

/** What commander says about wrong usage ends this command with exit code 2, which tells it from a finding's 1. */
export class UsageCommand extends Command {
  override error(message: string, options?: { exitCode?: number; code?: string }): never {
    return super.error(message, { ...options, exitCode: 2 });
  }
}
