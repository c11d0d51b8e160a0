import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiRig, everstep, type Said, startApiRig } from '../testing/api-rig.ts';
import { graphCommand } from './graph.ts';
import { startCommand } from './start.ts';

const DEFINITION = {
  StartAt: 'Look',
  States: {
    Look: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Both' }], Default: 'No <way>' },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: { Type: 'Pass', End: true } } },
        { StartAt: 'Right', States: { Right: { Type: 'Pass', Next: 'More' }, More: { Type: 'Pass', End: true } } },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'No <way>' }],
      Next: 'Each',
    },
    Each: {
      Type: 'Map',
      ItemsPath: '$',
      ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Fail', Error: 'Bad' } } },
      End: true,
    },
    'No <way>': { Type: 'Fail' },
  },
};

let rig: ApiRig;
let folder = '';
beforeAll(async () => {
  rig = await startApiRig();
  await rig.createMachine('orders', DEFINITION);
  folder = mkdtempSync(join(tmpdir(), 'everstep-graph-'));
  writeFileSync(join(folder, 'orders.json'), JSON.stringify(DEFINITION));
});
afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

const graph = (...words: string[]): Promise<Said> => everstep(graphCommand(), [...words, '--endpoint', rig.url]);

it('everstep graph shows a file as text, as Mermaid and as SVG', async () => {
  const file = join(folder, 'orders.json');
  expect((await graph(file)).out.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    ' Start → Look',
    ' Look Choice → choice 1: Both, default: No <way>',
    ' Both Parallel → Each, States.ALL: No <way>',
    ' Left Pass',
    ' Right Pass → More',
    ' More Pass',
    ' Each Map → End',
    ' One Fail',
    ' No <way> Fail → End',
  ]);
  const mermaid = (await graph(file, '--format', 'mermaid')).out;
  expect(mermaid).toMatch(
    /^flowchart TD\n[\s\S]*\["No #60;way#62;"\][\s\S]*subgraph g0\["Both"\]\n[\s\S]* -->\|"default"\| /,
  );
  const svg = (await graph(file, '--format', 'svg')).out;
  expect(svg).toMatch(/^<svg [\s\S]*No &#60;way&#62;[\s\S]*<\/svg>$/);
  expect(svg).not.toMatch(/NaN|undefined/);
});

it('everstep graph colours what an execution has done', async () => {
  await everstep(startCommand(), ['orders', '--name', 'x', '--input', '{"n":1}', '--wait', '--endpoint', rig.url]);
  const { out } = await graph('orders/x');
  expect(out).toMatch(/✓ Look[\s\S]*✓ Both[\s\S]*✓ {3}Left[\s\S]*✗ Each[\s\S]*✗ {3}One[\s\S]* {2}No <way>/);
  const { out: mermaid } = await graph('orders/x', '--format', 'mermaid');
  expect(mermaid).toMatch(/class n\d+ failed/);
  expect((await graph('orders/x', '--format', 'svg')).out).toContain('#ffdcd7');
});

it('everstep graph writes PNG', async () => {
  const output = join(folder, 'orders.png');
  expect(await graph('orders', '--format', 'png')).toMatchObject({ code: 2 });
  expect(await graph('orders', '--format', 'png', '--output', output)).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(output).subarray(1, 4).toString()).toBe('PNG');
  expect(await graph('orders', '--output', join(folder, 'none/x'))).toMatchObject({ code: 2 });
});
