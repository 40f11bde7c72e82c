import { describe, expect, it } from 'vitest';
import { sharedTime } from './shared-time.ts';

describe('shared time', () => {
  it('belongs to a lone member whole, and to nobody while there is none', () => {
    let now = 100;
    const time = sharedTime(() => now);
    now = 110;
    const first = time.join();
    now = 113;
    expect(first.seconds()).toBe(3);
    first.leave();
    now = 120;
    expect(first.seconds()).toBe(3);
    const second = time.join();
    now = 121;
    expect(second.seconds()).toBe(1);
  });

  it('goes in equal parts to those who are members, which add up to all of it', () => {
    let now = 0;
    const time = sharedTime(() => now);
    const a = time.join();
    const b = time.join();
    now = 4;
    expect([a.seconds(), b.seconds()]).toEqual([2, 2]);
    const c = time.join();
    now = 10;
    b.leave();
    b.leave();
    now = 14;
    expect([a.seconds(), b.seconds(), c.seconds()]).toEqual([6, 4, 4]);
  });
});
