import type { NightLedger } from './night.ts';

/** A night that is due later than this is not begun any more: the machine is wanted by day. */
const LATE_AT_MOST_MS = 6 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** Missed nights that are written down after a long absence. */
const MISSED_AT_MOST = 14;

/** What a schedule asks for at a moment. */
export interface DueNights {
  /** Dates whose nights nobody was there to begin, oldest first. */
  readonly missed: readonly string[];
  /** The date whose night may begin now. */
  readonly due: string | null;
}

/**
 * @param at `HH:MM`, UTC. @param now milliseconds since 1970. @param last newest date that has a row; null: none yet, and
 * then nothing was missed.
 */
export function dueNights(at: string, now: number, last: string | null): DueNights {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const offset = (hours * 60 + minutes) * 60_000;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const newest = today + offset <= now ? today : today - DAY_MS;
  const late = now - (newest + offset) > LATE_AT_MOST_MS;
  const dates: string[] = [];
  const first = last === null ? newest : Math.max(Date.parse(last) + DAY_MS, newest - MISSED_AT_MOST * DAY_MS);
  for (let day = first; day <= newest; day += DAY_MS) dates.push(new Date(day).toISOString().slice(0, 10));
  const due = dates.at(-1) ?? null;
  if (due === null) return { missed: [], due: null };
  if (!late) return { missed: dates.slice(0, -1), due };
  return { missed: last === null ? [] : dates, due: null };
}

/**
 * Begins the night that is due and writes down those that were missed. A date has one row, so of several processes one
 * begins it; the row is there before anything is trained, so a process that dies leaves a night that others go on with.
 */
export async function keepSchedule(
  at: string,
  {
    nights,
    now,
    newId,
    begin,
    onMissed,
  }: {
    readonly nights: NightLedger;
    readonly now: () => number;
    readonly newId: () => string;
    readonly begin: (date: string) => Promise<void>;
    readonly onMissed: (date: string) => void;
  },
): Promise<void> {
  const { missed, due } = dueNights(at, now(), await nights.lastScheduled());
  for (const date of missed) {
    const wrote = await nights.begin({ id: newId(), scheduledFor: date, state: 'missed', request: null, looks: [] });
    if (wrote) onMissed(date);
  }
  if (due !== null) await begin(due);
}
