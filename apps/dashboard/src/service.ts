import { ApiProblem, createClient, type FeedEvent, ServiceUnreachable } from '@gansweep/contract';
import { useCallback, useEffect, useRef, useState } from 'react';

const TOKEN_KEY = 'gansweep-token';
const RECONNECT_MS = 2_000;
/** Many events at once lead to one reload. */
const GATHER_MS = 400;

export const hasToken = (): boolean => sessionStorage.getItem(TOKEN_KEY) !== null;

export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
  window.location.reload();
}

const token = sessionStorage.getItem(TOKEN_KEY);
export const service = createClient({ baseUrl: '', ...(token === null ? {} : { token }) });

/** What a person reads where something could not be loaded. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiProblem || error instanceof ServiceUnreachable) return error.message;
  return error instanceof Error ? error.message : String(error);
}

export const isUnauthorised = (error: unknown): boolean => error instanceof ApiProblem && error.details.status === 401;

export interface Resource<Value> {
  readonly value: Value | null;
  readonly error: unknown;
  readonly reload: () => void;
}

/** Loads again whenever `key` changes or `reload` is called; a failed reload keeps what was there. */
export function useResource<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Resource<Value> {
  const [state, setState] = useState<{ readonly key: string; readonly value: Value | null; readonly error: unknown }>({
    key,
    value: null,
    error: null,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what reloads
  useEffect(() => {
    const abort = new AbortController();
    latest
      .current(abort.signal)
      .then((value) => setState({ key, value, error: null }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          setState((before) => ({ key, value: before.key === key ? before.value : null, error }));
      });
    return () => abort.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return { value: state.key === key ? state.value : null, error: state.error, reload };
}

/** Calls back soon after events that matter; reconnects where the feed broke off. */
export function useEvents(matters: (event: FeedEvent) => boolean, onChange: () => void): void {
  const latest = useRef({ matters, onChange });
  latest.current = { matters, onChange };
  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    const soon = (): void => {
      timer ??= window.setTimeout(() => {
        timer = undefined;
        latest.current.onChange();
      }, GATHER_MS);
    };
    void follow(abort.signal, (event) => {
      if (latest.current.matters(event)) soon();
    });
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, []);
}

async function follow(signal: AbortSignal, onEvent: (event: FeedEvent) => void): Promise<void> {
  let lastEventId: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const event of service.events({ signal, ...(lastEventId === undefined ? {} : { lastEventId }) })) {
        lastEventId = event.id;
        onEvent(event);
      }
    } catch {
      // The service is away or restarting: ask again below.
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Calls back every `ms` while `active`. */
export function useInterval(ms: number, active: boolean, onTick: () => void): void {
  const latest = useRef(onTick);
  latest.current = onTick;
  useEffect(() => {
    if (!active) return;
    const timer = window.setInterval(() => latest.current(), ms);
    return () => window.clearInterval(timer);
  }, [ms, active]);
}
