import { describe, expect, it } from 'vitest';
import { visibleGpus } from './list-gpus.ts';

const TWO = ['GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5a1c-00)', 'GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-5a1c-01)'];

describe('the GPUs that programs see', () => {
  it('are all that the driver lists, by their ids, or by their numbers where it tells none', () => {
    expect(visibleGpus(undefined, TWO)).toEqual(['GPU-5a1c-00', 'GPU-5a1c-01']);
    expect(visibleGpus(undefined, ['GPU 0: old', 'GPU 1: old'])).toEqual(['0', '1']);
  });

  it('are those that the environment names, in its order, up to the first that is none', () => {
    expect(visibleGpus('1', TWO)).toEqual(['1']);
    expect(visibleGpus('GPU-5a1c-01, 0', TWO)).toEqual(['GPU-5a1c-01', '0']);
    expect(visibleGpus('1,-1,0', TWO)).toEqual(['1']);
    expect(visibleGpus('', TWO)).toEqual([]);
  });

  it('are none without a driver', () => {
    expect(visibleGpus('0,1', [])).toEqual([]);
  });
});
