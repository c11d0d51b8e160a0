/** Peers live outside of the workspace; a name in a variable keeps the workspace's checks from looking for them. */
export const load = (name) => import(name);

/**
 * Serves one peer to the benchmark. `one` runs a workflow of ten steps to its durable end, `fanOut` one over so many
 * items, `request` nothing at all, where the peer can be asked by request; `stop` ends what the peer has started.
 */
export function serve({ one, fanOut, request, stop }) {
  const commands = {
    flow: (pace) => repeated(one, pace),
    requests: (pace) => repeated(request, pace),
    alone: ({ times }) => each(times, one),
    fanOut: ({ items, times }) => each(times, () => fanOut(items)),
  };
  process.on('message', (message) => {
    if (message.do === 'stop') void end(stop);
    else commands[message.do](message).then((numbers) => process.send(numbers), fail);
  });
  process.on('disconnect', () => void end(stop));
  process.on('SIGINT', () => undefined);
  process.send({ ready: true });
}

async function repeated(work, { inFlight, seconds }) {
  const startedAt = performance.now();
  let completed = 0;
  const lane = async () => {
    while (performance.now() - startedAt < seconds * 1000) {
      await work();
      completed += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return [completed, (performance.now() - startedAt) / 1000];
}

async function each(times, work) {
  const milliseconds = [];
  for (let count = 0; count < times; count += 1) {
    const startedAt = performance.now();
    await work();
    milliseconds.push(performance.now() - startedAt);
  }
  return milliseconds;
}

async function end(stop) {
  await Promise.race([stop(), new Promise((resolve) => setTimeout(resolve, 3000))]);
  process.kill(process.pid, 'SIGKILL');
}

function fail(error) {
  process.send({ error: String(error?.stack ?? error) });
}
