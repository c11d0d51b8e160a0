import { mermaidText, type StateGraph, svgText } from '@everstep/graph';
import type { ReactElement } from 'react';
import { prettyJson } from '../ui/json-text.ts';
import { MenuButton } from '../ui/menu.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { download, downloadPng } from './download.ts';

interface ExportMenuProps {
  readonly graph: StateGraph | null;
  readonly text: string;
  readonly name: string;
}

export function ExportMenu({ graph, text, name }: ExportMenuProps): ReactElement {
  const { fail } = useToasts();
  const file = name === '' ? 'state-machine' : name;
  const yaml = async (): Promise<void> => {
    const { yamlText } = await import('./yaml-text.ts');
    download(`${file}.asl.yaml`, 'application/yaml', yamlText(text));
  };
  const png = async (): Promise<void> => {
    if (graph !== null) await downloadPng(`${file}.png`, svgText(graph, new Map()));
  };
  return (
    <MenuButton
      size="small"
      entries={[
        {
          ...{ id: 'json', text: 'Definition, JSON' },
          onAction: () => download(`${file}.asl.json`, 'application/json', prettyJson(text)),
        },
        { ...{ id: 'yaml', text: 'Definition, YAML' }, onAction: () => void yaml().catch(fail) },
        {
          ...{ id: 'svg', text: 'Graph, SVG' },
          onAction: () => graph !== null && download(`${file}.svg`, 'image/svg+xml', svgText(graph, new Map())),
        },
        { ...{ id: 'png', text: 'Graph, PNG' }, onAction: () => void png().catch(fail) },
        {
          ...{ id: 'mermaid', text: 'Graph, Mermaid' },
          onAction: () => graph !== null && download(`${file}.mmd`, 'text/plain', mermaidText(graph, new Map())),
        },
      ]}
    >
      Download
    </MenuButton>
  );
}
