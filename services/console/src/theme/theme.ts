import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';
const KEY = 'everstep-theme';
const listeners = new Set<() => void>();

/** What the user chose; else what the system has. */
export function theme(): Theme {
  const chosen = readChoice();
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing has no choice kept.
    return null;
  }
}

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme();
  for (const tell of listeners) tell();
}

export function chooseTheme(chosen: Theme): void {
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // It lasts as long as the page.
    document.documentElement.dataset['theme'] = chosen;
  }
  applyTheme();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  const media = matchMedia('(prefers-color-scheme: dark)');
  media.addEventListener('change', applyTheme);
  return () => {
    listeners.delete(tell);
    media.removeEventListener('change', applyTheme);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme);
}
