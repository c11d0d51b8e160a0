/**
 * The figures of several processes as one text: each sample carries the number of its process as a label, and each
 * family stands once. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function mergeMetrics(texts: ReadonlyMap<number, string>): string {
  const families = new Map<string, { readonly comments: string[]; readonly samples: string[] }>();
  for (const [number, text] of texts) {
    let family = { comments: new Array<string>(), samples: new Array<string>() };
    for (const line of text.split('\n')) {
      if (line === '') continue;
      if (!line.startsWith('#')) {
        family.samples.push(labelled(line, number));
        continue;
      }
      const [, word = '', name = ''] = line.split(' ');
      const known = families.get(name);
      family = known ?? { comments: [], samples: [] };
      families.set(name, family);
      if (!family.comments.some((comment) => comment.startsWith(`# ${word} `))) family.comments.push(line);
    }
  }
  const lines = [...families.values()].flatMap(({ comments, samples }) => [...comments, ...samples]);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** `name{le="1"} 5` → `name{process="2",le="1"} 5` */
function labelled(sample: string, number: number): string {
  const label = `process="${number}"`;
  const open = sample.indexOf('{');
  if (open >= 0) return `${sample.slice(0, open + 1)}${label},${sample.slice(open + 1)}`;
  const space = sample.indexOf(' ');
  return `${sample.slice(0, space)}{${label}}${sample.slice(space)}`;
}
