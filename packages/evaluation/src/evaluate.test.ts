import { openDataset, planeReals } from '@gansweep/datasets';
import {
  asksRun,
  DATA_HASHES,
  type OwnPlaneLaw,
  passportKey,
  protocolsFor,
  type Samples,
  scoresOf as scoresOfProtocol,
} from '@gansweep/domain';
import { referenceExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { type EvaluationRequest, evaluate } from './evaluate.ts';

const drawFrom =
  (law: OwnPlaneLaw, change: (value: number) => number = (value) => value) =>
  (count: number, seed: number): Promise<Samples> => {
    const data = new Float32Array(2 * count);
    planeReals(law).draw(seed, 0, data);
    return Promise.resolve({ kind: 'points', count, data: data.map(change) });
  };

async function planeRequest(law: OwnPlaneLaw): Promise<EvaluationRequest> {
  let ticks = 0;
  return {
    protocols: protocolsFor(law).filter((id) => !asksRun(id)),
    dataset: law,
    dataHash: DATA_HASHES[law],
    heldOut: (await openDataset({ dataset: law })).heldOut,
    train: null,
    draw: drawFrom(law),
    executor: referenceExecutor(),
    samples: 500,
    checkpoint: {
      imagesSeen: 12_800,
      noise: 'gaussian',
      noiseSeed: 5,
      averaged: false,
      truncation: null,
      classes: null,
    },
    seconds: () => ticks++,
    date: '2026-01-01T00:00:00.000Z',
  };
}

const scoresOf = async (request: EvaluationRequest): Promise<Record<string, number>> =>
  Object.assign({}, ...(await evaluate(request)).map(({ scores }) => scores));

describe('evaluating a generator of points', () => {
  it('gives a perfect generator of the ring the scores of the law itself', async () => {
    const scores = await scoresOf(await planeRequest('ring8'));
    expect(scores.modes).toBe(8);
    // Share of a two-dimensional Gaussian within three sigma: 1 − e^−4.5, ± three deviations of 2,500 draws.
    expect(Math.abs((scores.hq ?? 0) - 0.98889)).toBeLessThan(0.0063);
    expect(scores['mode-kl']).toBeLessThan(0.01);
    expect(scores['mode-js']).toBeLessThan(0.003);
    expect(scores.js).toBeLessThan(0.01);
    expect(scores['fd-points']).toBeLessThan(0.001);
    // The share of a mode differs by about 1 % between two draws, and that mass travels to the next mode.
    expect(scores.sw2).toBeLessThan(0.12);
  });

  it('sees collapse to one mode, points outside the box and a wrong scale', async () => {
    const request = await planeRequest('grid25');
    const perfect = await scoresOf(request);
    const collapsed = await scoresOf({
      ...request,
      draw: (count) =>
        Promise.resolve({ kind: 'points', count, data: new Float32Array(2 * count).fill(4) } satisfies Samples),
    });
    expect(collapsed).toMatchObject({ modes: 1, hq: 1 });
    expect(collapsed['mode-kl']).toBeCloseTo(Math.log(25), 10);
    expect(collapsed.js).toBeGreaterThan(0.5);
    const outside = await scoresOf({ ...request, draw: drawFrom('grid25', (value) => value + 100) });
    expect(outside).toMatchObject({ modes: 0, hq: 0 });
    expect(outside.js).toBeGreaterThan(0.69);
    const wider = await scoresOf({ ...request, draw: drawFrom('grid25', (value) => value * 1.25) });
    for (const name of ['js', 'kl', 'fd-points', 'sw2'])
      expect(wider[name] ?? 0, name).toBeGreaterThan(2.5 * (perfect[name] ?? 0));
  });

  it('measures a pure shift of the held-out points exactly', async () => {
    const request = await planeRequest('ring8');
    const { heldOut } = request;
    if (heldOut.kind !== 'plane') throw new Error('no law');
    const scores = await scoresOf({
      ...request,
      draw: (count) => {
        const data = new Float32Array(2 * count);
        heldOut.draw(1, 0, data);
        return Promise.resolve({ kind: 'points', count, data: data.map((value) => value + 3) });
      },
    });
    // Squared length of the shift (3, 3); its mean square over directions is half of that.
    expect(scores['fd-points']).toBeCloseTo(18, 4);
    expect(scores.sw2).toBeCloseTo(3, 5);
  });

  it('gives exactly the scores that each protocol promises, in the order asked for', async () => {
    const request = await planeRequest('disjoint');
    const results = await evaluate({ ...request, protocols: ['points2d/v1', 'density2d/v1', 'modes2d/v1'] });
    expect(results.map(({ protocol }) => protocol)).toEqual(['points2d/v1', 'density2d/v1', 'modes2d/v1']);
    for (const { protocol, scores } of results)
      expect(Object.keys(scores).toSorted()).toEqual([...scoresOfProtocol(protocol)].toSorted());
  });

  it('gives a protocol the same scores whichever others are asked for beside it', async () => {
    const request = await planeRequest('ring8');
    const all = await evaluate(request);
    for (const result of all) {
      const [alone] = await evaluate({ ...request, protocols: [result.protocol] });
      expect(alone?.scores).toEqual(result.scores);
    }
  });

  it('hands the noise seed to the generator and draws only once', async () => {
    const request = await planeRequest('ring8');
    const calls: unknown[] = [];
    await evaluate({
      ...request,
      draw: (count, seed) => {
        calls.push([count, seed]);
        return request.draw(count, seed);
      },
    });
    expect(calls).toEqual([[10_000, 5]]);
  });

  it('writes a passport that holds everything done', async () => {
    const [density, modes] = await evaluate(await planeRequest('ring8'));
    expect(density?.passport).toMatchObject({
      metric: { id: 'density2d/v1', implementation: 1 },
      extractor: null,
      real: { dataset: 'ring8', dataHash: DATA_HASHES.ring8, split: 'held-out', n: 10_000 },
      fake: { n: 10_000, imagesSeen: 12_800, noise: 'gaussian', noiseSeed: 5 },
      estimator: { cellsPerSide: 30, boxLow: -1.5, boxHigh: 1.5, floor: 1e-6 },
      run: { backend: 'reference', date: '2026-01-01T00:00:00.000Z' },
    });
    expect(modes?.passport).toMatchObject({ fake: { n: 2_500 }, estimator: { sigma: 0.01, withinSigmas: 3 } });
    // The passport is stored as JSON; nothing may be lost on the way.
    expect(JSON.parse(JSON.stringify(density?.passport))).toEqual(density?.passport);
  });

  it('keeps scores of other checkpoints comparable, and scores of other laws apart', async () => {
    const request = await planeRequest('ring8');
    const [first] = await evaluate(request);
    const [later] = await evaluate({
      ...request,
      checkpoint: { imagesSeen: 99, noise: 'uniform', noiseSeed: 1, averaged: true, truncation: 0.7, classes: null },
    });
    const [other] = await evaluate(await planeRequest('grid25'));
    expect(passportKey(later?.passport ?? {})).toBe(passportKey(first?.passport ?? {}));
    expect(passportKey(other?.passport ?? {})).not.toBe(passportKey(first?.passport ?? {}));
  });

  it('shares the time of drawing among the protocols', async () => {
    // The clock of the test moves by one at each reading: one for drawing, one for each protocol.
    const results = await evaluate(await planeRequest('ring8'));
    for (const { seconds } of results) expect(seconds).toBeCloseTo(1 + 1 / results.length, 12);
  });

  it('refuses protocols that the data set does not have, and samples that are not finite', async () => {
    const request = await planeRequest('gaussians');
    await expect(evaluate({ ...request, protocols: ['modes2d/v1'] })).rejects.toThrow('not defined on gaussians');
    await expect(evaluate({ ...request, protocols: ['fd-lenet/v1'] })).rejects.toThrow(RangeError);
    await expect(evaluate({ ...request, draw: drawFrom('gaussians', () => Number.NaN) })).rejects.toThrow('NaN');
    await expect(evaluate({ ...request, protocols: [] })).resolves.toEqual([]);
  });
});
