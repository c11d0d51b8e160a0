import { createContext, type ReactElement, type ReactNode, use, useMemo, useState } from 'react';
import { messageOf } from '../api/call.ts';
import { Button } from './button.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

export interface Toasts {
  readonly tell: (text: string) => void;
  readonly fail: (error: unknown) => void;
}

const ToastContext = createContext<Toasts>({ tell: () => undefined, fail: () => undefined });
const SHOWN_MS = 5_000;

/** Short messages about what was done or could not be done; errors stay until they are closed. */
export function ToastProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const close = (id: number): void => setToasts((shown) => shown.filter((toast) => toast.id !== id));
  const toasting = useMemo<Toasts>(() => {
    let count = 0;
    const show = (text: string, isBad: boolean): void => {
      count += 1;
      const id = count;
      setToasts((shown) => [...shown.slice(-3), { id, text, isBad }]);
      if (!isBad) setTimeout(() => setToasts((shown) => shown.filter((toast) => toast.id !== id)), SHOWN_MS);
    };
    return { tell: (text) => show(text, false), fail: (error) => show(messageOf(error), true) };
  }, []);
  return (
    <ToastContext value={toasting}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map(({ id, text, isBad }) => (
          <div key={id} className="note" {...(isBad ? { 'data-kind': 'bad' } : {})}>
            <div className="break">{text}</div>
            <Button size="small" kind="plain" icon="cross" label="Close" onPress={() => close(id)} />
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

export function useToasts(): Toasts {
  return use(ToastContext);
}
