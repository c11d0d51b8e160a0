import type { Command, Option } from 'commander';

/** What can be completed of a command. */
export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
}

export interface CompletedOption {
  /** `--input`. */
  readonly flag: string;
  readonly about: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export function completedCommand(command: Command): CompletedCommand {
  return {
    name: command.name(),
    about: command.description(),
    options: [...command.options.flatMap(completedOption), HELP_OPTION],
    commands: command.commands.map(completedCommand),
  };
}

const HELP_OPTION: CompletedOption = { flag: '--help', about: 'tell how it is used', takesValue: false, choices: [] };

function completedOption({ long, description, required, argChoices }: Option): CompletedOption[] {
  if (long === undefined || long === null) return [];
  return [{ flag: long, about: description, takesValue: required, choices: argChoices ?? [] }];
}

/** In single quotes, for any of the shells. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`'\''`)}'`;
}
