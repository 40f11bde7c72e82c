import type { RunId } from '@gansweep/domain';
import type { LaneNews, NewsOfLane } from './messages.ts';

/** Points wait for others at most so long: a message to another process costs more than a border of a small training. */
const WAIT_MS = 100;

/** News of lanes on their way to the supervisor, in the order in which they were told. */
export interface Outbox {
  /** Points wait a little for what comes after them; everything else goes at once, and takes along what waits. */
  put(runId: RunId, news: LaneNews): void;
  /** Sends what waits: nothing of a lane may come after the word that it was dropped. */
  flush(): void;
}

/** @param options `send` posts some news in one message; `now` is monotone milliseconds. */
export function openOutbox({
  send,
  now,
}: {
  readonly send: (news: readonly NewsOfLane[]) => void;
  readonly now: () => number;
}): Outbox {
  let waiting: NewsOfLane[] = [];
  let since = 0;
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    const news = waiting;
    waiting = [];
    if (news.length > 0) send(news);
  };
  return {
    flush,
    put: (runId, news) => {
      if (waiting.length === 0) since = now();
      waiting.push({ runId, news });
      // The timer alone would wait for the end of a long call.
      if (news.kind !== 'points' || now() - since >= WAIT_MS) flush();
      else timer ??= setTimeout(flush, WAIT_MS);
    },
  };
}
