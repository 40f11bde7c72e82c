import { describe, expect, it } from 'vitest';
import { EventOrder, LINE_AT_MOST, readEvent } from './program-events.ts';

/** The first refusal of a program that says these, which all are events. */
function refusalOf(events: readonly object[], bounds = { resumedAt: 0, end: 1_000 }): string | null {
  const order = new EventOrder(bounds);
  for (const event of events) {
    const read = readEvent(JSON.stringify(event));
    if (!read.ok) throw new Error(read.error);
    const wrong = order.take(read.value);
    if (wrong !== null) return wrong;
  }
  return null;
}
const started = { event: 'started', resumedAtImages: 0 };
const points = (imagesSeen: number) => ({ event: 'points', imagesSeen, values: { lossD: 1 } });
const checkpoint = (imagesSeen: number, file = `${imagesSeen}`) => ({ event: 'checkpoint', imagesSeen, file });

describe('a line of a program', () => {
  it.each([
    ['training…', /is no JSON/],
    ['{"event":"point","imagesSeen":1}', /event/],
    ['{"event":"points","imagesSeen":1,"values":{"loss":1}}', /values: Unrecognized key: "loss"/],
    ['{"event":"points","imagesSeen":1,"values":{"lossD":null}}', /values\.lossD/],
    ['{"event":"points","imagesSeen":1.5,"values":{}}', /imagesSeen/],
    ['{"event":"points","imagesSeen":-1,"values":{}}', /imagesSeen/],
    ['{"event":"checkpoint","imagesSeen":1,"file":"../../etc/passwd"}', /file: must be the name of a file/],
    ['{"event":"checkpoint","imagesSeen":1,"file":"/etc/passwd"}', /file: must be the name of a file/],
    ['{"event":"ended","imagesSeen":1,"because":"done"}', /because/],
    ['x'.repeat(LINE_AT_MOST + 1), /is longer than/],
  ])('is refused with what is wrong: %.60s', (line, problem) => {
    const read = readEvent(line);
    expect(read.ok ? '' : read.error).toMatch(problem);
  });
});

describe('the events of a program', () => {
  it('are taken in the order of a training', () => {
    const whole = [started, points(500), checkpoint(500), points(1_000)];
    expect(refusalOf([...whole, { event: 'ended', imagesSeen: 1_000, because: 'images' }])).toBeNull();
  });

  it('are refused where they would bend the curve', () => {
    expect(refusalOf([points(100)])).toBe('came before started');
    expect(refusalOf([started, started])).toBe('came twice');
    expect(refusalOf([started], { resumedAt: 300, end: 1_000 })).toMatch(/says resumedAtImages 0, .* is at 300/);
    expect(refusalOf([started, points(100), points(100)])).toMatch(/where there is a point already/);
    expect(refusalOf([started, points(200), checkpoint(100)])).toMatch(/is at 100 images after something at 200/);
    expect(refusalOf([started, checkpoint(200), points(200)])).toMatch(/not beyond the checkpoint at 200/);
    expect(refusalOf([started, points(1_001)])).toMatch(/beyond the end at 1000/);
    expect(refusalOf([started, { event: 'ended', imagesSeen: 900, because: 'images' }])).toMatch(/before the end/);
    expect(refusalOf([started, checkpoint(100, 'a'), checkpoint(200, 'a')])).toMatch(/names a again/);
  });
});
