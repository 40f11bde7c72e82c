import { parseSweepSpec, planOf, resolveConfiguration, trialId } from '@gansweep/spec';
import { describe, expect, it } from 'vitest';
import { sweepText } from './sweep-text.ts';

describe('the sweep spec of a live training', () => {
  it.each([{}, { optimizer: 'sgd', lrG: 1e-6, noise: 'spherical' }])(
    'is one trial of the same configuration: %o',
    (fields) => {
      const read = resolveConfiguration({ model: 'mlp2d', ...fields });
      if (!read.ok || read.value.model !== 'mlp2d') throw new Error('not of the plane');
      const spec = parseSweepSpec({ text: sweepText(read.value), format: 'yaml' });
      if (!spec.ok) throw new Error(JSON.stringify(spec.error));
      const plan = planOf(spec.value);
      expect(plan.runCount).toBe(3);
      expect(plan.runAt(0).trialId).toBe(trialId(read.value));
    },
  );
});
