import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { completionCommand } from './completion.ts';
import { graphCommand } from './graph.ts';
import { keysCommand } from './keys.ts';
import { startCommand } from './start.ts';

function scriptFor(shell: string): string {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  try {
    const program = new Command('everstep');
    for (const command of [startCommand(), keysCommand(), graphCommand(), completionCommand()]) {
      program.addCommand(command);
    }
    program.parse(['completion', shell], { from: 'user' });
    return String(log.mock.calls[0]?.[0]);
  } finally {
    log.mockRestore();
  }
}

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const script = `${scriptFor('bash')}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _everstep; echo "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', 'everstep', ...words], { encoding: 'utf8' });
  return output
    .trim()
    .split(' ')
    .filter((word) => word !== '');
}

describe('everstep completion', () => {
  it('completes commands, options and choices in bash', () => {
    expect(offered('st')).toEqual(['start']);
    expect(offered('keys', 're')).toEqual(['revoke']);
    expect(offered('start', '--w')).toEqual(['--wait']);
    expect(offered('graph', 'x', '--format', 's')).toEqual(['svg']);
    expect(offered('graph', 'orders')).toEqual([]);
  });

  it('tells zsh and fish the same with descriptions', () => {
    expect(scriptFor('zsh')).toMatch(
      /^#compdef everstep[\s\S]*'start:start an execution[\s\S]*'--format\[its form\]:value:\(text svg/,
    );
    const fish = scriptFor('fish');
    expect(fish).toContain("complete -c everstep -n __fish_use_subcommand -f -a start -d 'start an execution");
    expect(fish).toMatch(/seen_subcommand_from graph' -l format -x -a 'text svg mermaid png'/);
    expect(fish).toMatch(/seen_subcommand_from keys' -f -a revoke/);
  });
});
