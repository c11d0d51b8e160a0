import type { Store } from '@everstep/engine';

export interface Readiness {
  readonly ready: boolean;
  /** Why not, for people. */
  readonly reason?: string;
}

/** Whether the store answers in time. What it throws is told in general words: it may hold addresses. */
export async function readiness(store: Pick<Store, 'now'>, timeoutMs: number): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(
      () => resolve({ ready: false, reason: `the store did not answer within ${timeoutMs} ms` }),
      timeoutMs,
    );
  });
  const asked = store.now().then(
    () => ({ ready: true }),
    () => ({ ready: false, reason: 'the store does not answer' }),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
