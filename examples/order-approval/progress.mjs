const WIDTH = 28;

/** Live progress: one line that redraws itself in a terminal, a line every two seconds elsewhere. */
export function createProgress(total, out = process.stdout) {
  const since = Date.now();
  let startedCount = 0;
  let printed = 0;
  return {
    started(count) {
      startedCount = count;
    },
    show(statuses, waiting) {
      const count = (status) => [...statuses.values()].filter((value) => value === status).length;
      const done = statuses.size - count('RUNNING');
      const filled = Math.round((done / total) * WIDTH);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
      const seconds = ((Date.now() - since) / 1000).toFixed(0).padStart(3);
      const line =
        `  ${bar} ${String(done).padStart(3)}/${total} done  ` +
        `${count('SUCCEEDED')} succeeded, ${count('FAILED')} failed, ${count('RUNNING')} running ` +
        `(${waiting} asked a person), ${startedCount} started  ${seconds}s`;
      if (out.isTTY) out.write(`\r${line}\u001b[K`);
      else if (Date.now() - printed > 2000) {
        printed = Date.now();
        out.write(`${line}\n`);
      }
    },
    end() {
      if (out.isTTY) out.write('\n');
    },
  };
}
