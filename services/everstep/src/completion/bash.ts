import type { CompletedCommand } from './words.ts';

/** For `source <(everstep completion bash)`. */
export function bashCompletion(program: CompletedCommand): string {
  const choices = program.commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map((option) => `    '${name} ${option.flag}') words='${option.choices.join(' ')}' ;;`),
  );
  const commands = program.commands.map(({ name, options, commands: inner }) => {
    const words = [...inner.map((each) => each.name), ...options.map(({ flag }) => flag)];
    return `      ${name}) words='${words.join(' ')}' ;;`;
  });
  return `_everstep() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  case "\${COMP_WORDS[1]} $before" in
${choices.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${program.commands.map(({ name }) => name).join(' ')}'
  elif [ -z "$words" ]; then
    case "\${COMP_WORDS[1]}" in
${commands.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _everstep everstep`;
}
