import { describe, expect, it } from 'vitest';
import { watchIdleCores } from './idle-cores.ts';

/** A machine of four cores of which `idle` have nothing to do. */
function machine(): {
  seconds: number;
  idle: number;
  pass(seconds: number): void;
  times: () => { cores: number; idleMs: number; totalMs: number };
} {
  const sums = { cores: 4, idleMs: 5_000, totalMs: 90_000 };
  const self = {
    seconds: 0,
    idle: 4,
    pass: (seconds: number) => {
      self.seconds += seconds;
      sums.idleMs += 1_000 * seconds * self.idle;
      sums.totalMs += 4_000 * seconds;
    },
    times: () => ({ ...sums }),
  };
  return self;
}

describe('idle cores', () => {
  it('are counted over the time between two looks, and none are known before', () => {
    const four = machine();
    const idle = watchIdleCores(() => four.seconds, { times: four.times, usable: 4 });
    expect(idle.count()).toBe(0);
    idle.look();
    expect(idle.count()).toBe(0);
    four.idle = 1.5;
    four.pass(1);
    idle.look();
    expect(idle.count()).toBeCloseTo(1.5, 12);
    four.idle = 0;
    four.pass(1);
    idle.look();
    expect(idle.count()).toBe(0);
  });

  it('are not looked for at every call', () => {
    const four = machine();
    let looks = 0;
    const idle = watchIdleCores(() => four.seconds, {
      times: () => {
        looks += 1;
        return four.times();
      },
      usable: 4,
    });
    for (let call = 0; call < 100; call++) {
      idle.look();
      four.pass(0.02);
    }
    expect(looks).toBe(4);
  });

  it('are a share of the cores that this process may use', () => {
    const four = machine();
    const idle = watchIdleCores(() => four.seconds, { times: four.times, usable: 1 });
    idle.look();
    four.pass(1);
    idle.look();
    expect(idle.count()).toBe(1);
  });
});
