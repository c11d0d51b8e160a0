import { type CompletedCommand, type CompletedOption, quoted } from './words.ts';

/** For `source <(everstep completion zsh)`, or a file `_everstep` in the fpath. */
export function zshCompletion(program: CompletedCommand): string {
  const commands = program.commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`);
  const cases = program.commands.map(({ name, options, commands: inner }) => {
    const words = inner.map((each) => each.name).join(' ');
    const first = words === '' ? "'*:file:_files'" : `'1:command:(${words})' '*:file:_files'`;
    return `    ${name}) _arguments ${options.map(argument).join(' ')} ${first} ;;`;
  });
  return `#compdef everstep
_everstep() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _everstep everstep`;
}

function argument({ flag, about, takesValue, choices }: CompletedOption): string {
  const told = about.replaceAll(/[[\]:]/g, (character) => `\\${character}`);
  const values = choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue ? ':value:_files' : '';
  return `'${flag}[${told.replaceAll("'", '’')}]${values}'`;
}
