/** The messages between the host and a function's process. */
export interface InvokeMessage {
  readonly type: 'invoke';
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  readonly clientContext: { readonly custom: Readonly<Record<string, string>> };
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

export type AnswerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly ok: boolean; readonly payload: string };

export function isInvokeMessage(value: unknown): value is InvokeMessage {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'invoke';
}

export function isAnswerMessage(value: unknown): value is AnswerMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    (value.type === 'answer' || value.type === 'ready')
  );
}
