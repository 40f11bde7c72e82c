import type { ReactNode } from 'react';

/** A state as a word with its colour; the word alone says it too. */
export function State({ state }: { readonly state: string }): ReactNode {
  return <span className={`state state-${state}`}>{state}</span>;
}

/** Share of the work that is done, 0 … 1. */
export function Progress({ done, of }: { readonly done: number; readonly of: number }): ReactNode {
  return <progress value={of === 0 ? 0 : done} max={Math.max(of, 1)} aria-label="progress" />;
}
