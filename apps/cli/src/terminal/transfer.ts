import type { InstallNews } from '@gansweep/backends';
import { bar, bytes } from './table.ts';

/** Shows the news of an installation. */
export interface TransferLine {
  tell(news: InstallNews): void;
  /** Leaves the cursor on a fresh line. */
  end(): void;
}

const REDRAW_MS = 100;
/** Without a terminal: a line each tenth. */
const TENTHS = 10;

/** On a terminal one line that is drawn over; else a line a step and a tenth, so that a log stays short. */
export function transferLine({
  live,
  write,
  clock = () => performance.now(),
}: {
  readonly live: boolean;
  readonly write: (text: string) => void;
  readonly clock?: () => number;
}): TransferLine {
  let drawn = Number.NEGATIVE_INFINITY;
  let open = false;
  let tenth = 0;
  const end = (): void => {
    if (open) write('\n');
    open = false;
  };
  return {
    end,
    tell: (news) => {
      if (news.kind === 'step') {
        end();
        write(`${news.words} …\n`);
        return;
      }
      const share = news.total === 0 ? 1 : news.done / news.total;
      const words = `${bytes(news.done)} of ${bytes(news.total)}`;
      if (live) {
        if (clock() - drawn < REDRAW_MS && share < 1) return;
        drawn = clock();
        open = true;
        write(`\r${bar(share)} ${words}\u001b[K`);
        return;
      }
      if (Math.floor(share * TENTHS) <= tenth) return;
      tenth = Math.floor(share * TENTHS);
      write(`  ${words}\n`);
    },
  };
}
