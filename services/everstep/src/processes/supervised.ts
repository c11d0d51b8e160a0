import type { Readiness } from '@everstep/engine';
import type { Lifecycle } from '../lifecycle.ts';

/** What a parent asks the worker processes that it has started. */
export interface Question {
  readonly kind: 'question';
  readonly id: number;
  readonly about: 'readiness' | 'metrics';
}

export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  readonly readiness?: Readiness;
  readonly metrics?: string;
}

export interface AnswerSources {
  readonly ready: () => Promise<Readiness>;
  readonly metrics: { text(): string };
}

/** The child's side: answers the parent, and ends in order where the parent is gone. */
export function answerParent(lifecycle: Lifecycle, { ready, metrics }: AnswerSources): void {
  const send = (answer: Answer): void => {
    // The parent may have gone in this very moment, which is heard of below.
    process.send?.(answer, undefined, undefined, () => undefined);
  };
  process.on('message', (message) => {
    if (!isQuestion(message)) return;
    const { id, about } = message;
    if (about === 'metrics') {
      send({ kind: 'answer', id, metrics: metrics.text() });
      return;
    }
    ready().then(
      (readiness) => send({ kind: 'answer', id, readiness }),
      (error: unknown) => send({ kind: 'answer', id, readiness: { ready: false, reason: String(error) } }),
    );
  });
  process.on('disconnect', () => lifecycle.fail(new Error('the process that started this one is gone')));
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'question';
}

export function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'answer';
}
