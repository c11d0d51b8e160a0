import { type CompletedCommand, quoted } from './words.ts';

/** For `everstep completion fish | source`. */
export function fishCompletion(program: CompletedCommand): string {
  const lines: string[] = [];
  for (const { name, about, options, commands } of program.commands) {
    lines.push(`complete -c everstep -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`);
    const within = `complete -c everstep -n '__fish_seen_subcommand_from ${name}'`;
    for (const inner of commands) lines.push(`${within} -f -a ${inner.name} -d ${quoted(inner.about)}`);
    for (const { flag, about: told, takesValue, choices } of options) {
      const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : '';
      lines.push(`${within} -l ${flag.slice(2)}${values} -d ${quoted(told)}`);
    }
  }
  return lines.join('\n');
}
