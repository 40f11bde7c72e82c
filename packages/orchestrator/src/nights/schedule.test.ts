import { describe, expect, it } from 'vitest';
import type { NightLedger } from './night.ts';
import { dueNights, keepSchedule } from './schedule.ts';

const at = (text: string): number => Date.parse(`${text}Z`);

describe('a schedule at 02:30', () => {
  it.each([
    ['is due at its time', '2026-11-27T02:30:00', '2026-11-26', { missed: [], due: '2026-11-27' }],
    ['is not due before', '2026-11-27T02:29:59', '2026-11-26', { missed: [], due: null }],
    ['is due once', '2026-11-27T03:00:00', '2026-11-27', { missed: [], due: null }],
    ['may begin some hours late', '2026-11-27T08:29:00', '2026-11-26', { missed: [], due: '2026-11-27' }],
    ['is missed by noon', '2026-11-27T12:00:00', '2026-11-26', { missed: ['2026-11-27'], due: null }],
    [
      'names every night that nobody held',
      '2026-11-27T03:00:00',
      '2026-11-24',
      { missed: ['2026-11-25', '2026-11-26'], due: '2026-11-27' },
    ],
    ['missed nothing before it was first set', '2026-11-27T12:00:00', null, { missed: [], due: null }],
    ['begins on its first night', '2026-11-27T02:31:00', null, { missed: [], due: '2026-11-27' }],
  ] as const)('%s', (_, now, last, nights) => {
    expect(dueNights('02:30', at(now), last)).toEqual(nights);
  });

  it('knows the night before of a time shortly before midnight', () => {
    expect(dueNights('23:50', at('2026-11-28T00:10:00'), '2026-11-26')).toEqual({ missed: [], due: '2026-11-27' });
  });

  it('writes each missed night down once, and begins the one that is due', async () => {
    const rows = new Map([['2026-11-24', 'done']]);
    const nights = {
      begin: async ({ scheduledFor, state }: { scheduledFor: string | null; state: string }) => {
        if (scheduledFor === null || rows.has(scheduledFor)) return false;
        rows.set(scheduledFor, state);
        return true;
      },
      lastScheduled: async () => [...rows.keys()].sort().at(-1) ?? null,
    } as unknown as NightLedger;
    const missed: string[] = [];
    const tools = {
      nights,
      now: () => at('2026-11-27T03:00:00'),
      newId: () => 'id',
      begin: async (date: string) => {
        rows.set(date, 'running');
      },
      onMissed: (date: string) => missed.push(date),
    };
    await Promise.all([keepSchedule('02:30', tools), keepSchedule('02:30', tools)]);
    await keepSchedule('02:30', tools);
    expect(missed.sort()).toEqual(['2026-11-25', '2026-11-26']);
    expect([...rows]).toEqual([
      ['2026-11-24', 'done'],
      ['2026-11-25', 'missed'],
      ['2026-11-26', 'missed'],
      ['2026-11-27', 'running'],
    ]);
  });
});
