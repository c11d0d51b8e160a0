import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import { INTRINSIC_FUNCTIONS, JSONATA_FUNCTION_NAMES, OPTIMIZED_INTEGRATIONS } from '@everstep/language';
import type { SyntaxNode } from '@lezer/common';
import { FIELD_HELP, fieldsOf } from '../machine/fields.ts';

const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];
const ERRORS = [
  ...['States.ALL', 'States.TaskFailed', 'States.Timeout', 'States.HeartbeatTimeout', 'States.Permissions'],
  ...['States.BranchFailed', 'States.NoChoiceMatched', 'States.QueryEvaluationError', 'States.Runtime'],
  ...['States.DataLimitExceeded', 'States.ItemReaderFailed', 'States.ExceedToleratedFailureThreshold'],
];
const CONTEXT_OBJECT = [
  ...['$$.Execution.Id', '$$.Execution.Input', '$$.Execution.Name', '$$.Execution.StartTime', '$$.State.Name'],
  ...['$$.State.EnteredTime', '$$.State.RetryCount', '$$.StateMachine.Id', '$$.Task.Token', '$$.Map.Item.Index'],
  ...['$$.Map.Item.Value'],
];
const JSONATA_ROOTS = ['$states.input', '$states.result', '$states.errorOutput', '$states.context'];

/** What can stand at a place of a definition: a field of the state, a state's name, a type, a resource, a function. */
export function completeDefinition(context: CompletionContext): CompletionResult | null {
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  if (node.name === 'PropertyName') return fieldNames(context, node);
  if (node.name !== 'String') return null;
  const inside = stringAt(context.state, node);
  const expression = expressionWords(context, node, inside);
  if (expression !== null) return expression;
  const key = keyOf(context.state, node);
  const options = key === null ? [] : valuesOf(context.state, node, key);
  return options.length === 0 ? null : { from: node.from + 1, to: endOf(context.state, node), options };
}

function fieldNames(context: CompletionContext, node: SyntaxNode): CompletionResult | null {
  const object = node.parent?.parent ?? null;
  if (object === null) return null;
  const present = new Set(propertiesOf(context.state, object).map(([name]) => name));
  const around = ownerOf(context.state, object);
  const type = propertiesOf(context.state, object).find(([name]) => name === 'Type')?.[1] ?? null;
  const fields = fieldsOf(around, type, languageOf(context.state, object));
  const options = fields
    .filter((name) => !present.has(name))
    .map((name): Completion => ({ label: name, type: 'property', ...helpOf(name) }));
  return options.length === 0 ? null : { from: node.from + 1, to: endOf(context.state, node), options };
}

function helpOf(name: string): { info?: string } {
  const info = FIELD_HELP[name];
  return info === undefined ? {} : { info };
}

function valuesOf(state: EditorState, node: SyntaxNode, key: string): Completion[] {
  const words = (labels: readonly string[], type: string): Completion[] => labels.map((label) => ({ label, type }));
  switch (key) {
    case 'Next':
    case 'Default':
    case 'StartAt':
      return words(siblingStates(state, node), 'variable');
    case 'Type':
      return words(STATE_TYPES, 'class');
    case 'QueryLanguage':
      return words(['JSONPath', 'JSONata'], 'enum');
    case 'Mode':
      return words(['INLINE', 'DISTRIBUTED'], 'enum');
    case 'JitterStrategy':
      return words(['NONE', 'FULL'], 'enum');
    case 'ErrorEquals':
      return words(ERRORS, 'constant');
    case 'Resource':
      return words(resources(), 'constant');
    default:
      return [];
  }
}

function resources(): string[] {
  const found: string[] = [];
  for (const [service, operations] of OPTIMIZED_INTEGRATIONS) {
    for (const [operation, suffixes] of operations) {
      for (const suffix of suffixes) found.push(`arn:aws:states:::${service}:${operation}${suffix}`);
    }
  }
  return found;
}

/** Within `{% … %}` JSONata's words, within `$.…` and `States.…` those of paths. */
function expressionWords(context: CompletionContext, node: SyntaxNode, inside: string): CompletionResult | null {
  const before = context.matchBefore(/\$\$?[\w.]*|States\.\w*/);
  if (before === null || before.from <= node.from) return null;
  const isJsonata = inside.trimStart().startsWith('{%');
  const labels = isJsonata
    ? [...JSONATA_ROOTS, ...[...JSONATA_FUNCTION_NAMES].map((name) => `$${name}`)]
    : [...CONTEXT_OBJECT, ...[...INTRINSIC_FUNCTIONS.keys()].map((name) => `States.${name.replace(/^States\./, '')}`)];
  const options = labels.map((label): Completion => ({ label, type: label.includes('.') ? 'variable' : 'function' }));
  return { from: before.from, options, validFor: /^[\w$.]*$/ };
}

function stringAt(state: EditorState, node: SyntaxNode): string {
  return state.sliceDoc(node.from, node.to).replace(/^"/, '').replace(/"$/, '');
}

/** Before the closing quote, where there is one. */
function endOf(state: EditorState, node: SyntaxNode): number {
  return node.to - node.from > 1 && state.sliceDoc(node.to - 1, node.to) === '"' ? node.to - 1 : node.to;
}

/** The name of the property whose value, or a list of whose values, the node is in. */
function keyOf(state: EditorState, node: SyntaxNode): string | null {
  for (let around: SyntaxNode | null = node; around !== null; around = around.parent) {
    if (around.name === 'Object') return null;
    if (around.name === 'Property') {
      const name = around.getChild('PropertyName');
      return name === null ? null : stringAt(state, name);
    }
  }
  return null;
}

function propertiesOf(state: EditorState, object: SyntaxNode): Array<[name: string, value: string]> {
  return object.getChildren('Property').flatMap((property): Array<[string, string]> => {
    const name = property.getChild('PropertyName');
    const value = property.lastChild;
    return name === null || value === null ? [] : [[stringAt(state, name), stringAt(state, value)]];
  });
}

/** What an object stands under: `States` for a state's own, else the key that it is the value of, or in the list of. */
function ownerOf(state: EditorState, object: SyntaxNode): string | null {
  const key = object.parent === null ? null : keyOf(state, object.parent);
  const above = object.parent?.name === 'Property' ? (object.parent.parent ?? null) : null;
  if (above !== null && above.parent !== null && keyOf(state, above.parent) === 'States') return 'States';
  return key;
}

function languageOf(state: EditorState, object: SyntaxNode): string {
  for (let around: SyntaxNode | null = object; around !== null; around = around.parent) {
    if (around.name !== 'Object') continue;
    const language = propertiesOf(state, around).find(([name]) => name === 'QueryLanguage');
    if (language !== undefined) return language[1];
  }
  return 'JSONPath';
}

/** Names of the states of the machine, branch or processor that the node is in. */
function siblingStates(state: EditorState, node: SyntaxNode): string[] {
  for (let around: SyntaxNode | null = node; around !== null; around = around.parent) {
    if (around.name !== 'Object') continue;
    const states = around.getChildren('Property').find((property) => {
      const name = property.getChild('PropertyName');
      return name !== null && stringAt(state, name) === 'States';
    });
    const object = states?.getChild('Object') ?? null;
    if (object !== null) return propertiesOf(state, object).map(([name]) => name);
  }
  return [];
}
