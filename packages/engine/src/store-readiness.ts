import type { Store } from './ports/store.ts';

/** What `/readyz` of every service says. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, for people. */
  readonly reason?: string;
}

/** Whether the store serves, within a time; and why it does not. */
export async function storeReadiness(store: Pick<Store, 'probe'>, timeoutMs: number): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    const reason = `the store did not answer within ${timeoutMs} ms`;
    timer = setTimeout(() => resolve({ ready: false, reason }), timeoutMs);
  });
  try {
    return await Promise.race([late, ask(store)]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(store: Pick<Store, 'probe'>): Promise<Readiness> {
  const health = await store.probe();
  switch (health.status) {
    case 'ok':
      return { ready: true };
    case 'read-only':
      return { ready: false, reason: 'the database is read-only' };
    case 'failing':
      return { ready: false, reason: `the database refuses work: ${health.reason}` };
    case 'unreachable':
      return { ready: false, reason: `the database does not answer: ${health.reason}` };
  }
}
