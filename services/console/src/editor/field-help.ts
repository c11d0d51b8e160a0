import { syntaxTree } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { FIELD_HELP } from '../machine/fields.ts';

/** What a field is for, where the pointer rests on its name. */
export const fieldHelp: Extension = hoverTooltip(({ state }, position) => {
  const node = syntaxTree(state).resolveInner(position, 1);
  if (node.name !== 'PropertyName') return null;
  const help = FIELD_HELP[state.sliceDoc(node.from + 1, node.to - 1)];
  if (help === undefined) return null;
  return {
    pos: node.from,
    end: node.to,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'field-help';
      dom.textContent = help;
      return { dom };
    },
  };
});
