import { afterEach, describe, expect, it, vi } from 'vitest';
import { Lifecycle } from './lifecycle.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

afterEach(() => {
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  vi.restoreAllMocks();
});

describe('Lifecycle', () => {
  it('closes what was opened last first, and goes on past a step that fails', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const closed: string[] = [];
    const lifecycle = new Lifecycle();
    lifecycle.add('the store', async () => void closed.push('store'));
    lifecycle.add('the queue', () => Promise.reject(new Error('is gone')));
    lifecycle.add('the API', async () => void closed.push('api'));
    await lifecycle.close();
    expect(closed).toEqual(['api', 'store']);
    expect(told).toHaveBeenCalledWith('While ending, the queue failed: is gone');
  });

  it('ends with null on a signal, with the reason on a failure', async () => {
    const asked = new Lifecycle();
    asked.listen(() => undefined);
    process.emit('SIGTERM');
    expect(await asked.ended).toBeNull();
    const failed = new Lifecycle();
    failed.fail(new Error('Postgres is gone'));
    expect(await failed.ended).toEqual(new Error('Postgres is gone'));
  });

  it('does on SIGHUP what was asked for, and goes on', () => {
    const lifecycle = new Lifecycle();
    const exits: number[] = [];
    lifecycle.listen((code) => exits.push(code));
    let reloads = 0;
    lifecycle.onHangUp(() => reloads++);
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect([reloads, exits]).toEqual([2, []]);
  });

  it('takes one press of Ctrl-C as one however often it is heard, and ends at once on the second', () => {
    const exits: number[] = [];
    let now = 0;
    new Lifecycle().listen(
      (code) => exits.push(code),
      () => now,
    );
    for (const heardAt of [0, 20, 400]) {
      now = heardAt;
      process.emit('SIGINT');
    }
    expect(exits).toEqual([]);
    now = 1_500;
    process.emit('SIGINT');
    expect(exits).toEqual([130]);
  });
});
