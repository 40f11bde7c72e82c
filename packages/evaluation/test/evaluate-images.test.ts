import { loadMnist, openDataset } from '@gansweep/datasets';
import {
  asksGenerator,
  asksRun,
  DATA_HASHES,
  defaultProtocolsFor,
  type ImageSamples,
  passportKey,
  protocolsFor,
  randomStream,
  scoresOf as scoresOfProtocol,
} from '@gansweep/domain';
import { type Executor, onnxExecutor } from '@gansweep/program';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EvaluationRequest, evaluate } from '../src/evaluate.ts';
import { LENET_SHA256 } from '../src/extractors/lenet/lenet-weights.ts';

/** A "generator" that shows training digits, `step` apart, changed byte by byte. */
const show =
  (
    choose: (labels: Uint8Array) => readonly number[],
    change: (value: number, i: number) => number = (value) => value,
  ) =>
  async (count: number, seed: number): Promise<ImageSamples> => {
    const { labels, height, width, channels, copy } = await loadMnist('train');
    const chosen = choose(labels);
    const positions = Uint32Array.from({ length: count }, (_, i) => chosen[(seed + i * 7) % chosen.length] ?? 0);
    const data = new Uint8Array(count * height * width * channels);
    copy(positions, data);
    return { kind: 'images', count, height, width, channels, data: data.map(change) };
  };
const everyDigit = (labels: Uint8Array): readonly number[] => Array.from(labels.keys());

describe('evaluating a generator of digits', () => {
  let executor: Executor;
  let request: EvaluationRequest;
  beforeAll(async () => {
    executor = await onnxExecutor({ threads: 1 });
    request = {
      protocols: defaultProtocolsFor('mnist'),
      dataset: 'mnist',
      dataHash: DATA_HASHES.mnist,
      heldOut: await loadMnist('test'),
      train: await loadMnist('train'),
      draw: show(everyDigit),
      executor,
      samples: 1_000,
      checkpoint: {
        imagesSeen: 40_000,
        noise: 'gaussian',
        noiseSeed: 3,
        averaged: true,
        truncation: 0.7,
        classes: null,
      },
      seconds: () => performance.now() / 1_000,
      date: '2026-01-01T00:00:00.000Z',
    };
  });

  const scoresOf = async (draw: EvaluationRequest['draw']): Promise<Record<string, number>> =>
    Object.assign({}, ...(await evaluate({ ...request, draw })).map(({ scores }) => scores));

  it('ranks real digits before noisy ones, noisy ones before noisier ones, and sees missing digits', async () => {
    const noise = new Float64Array(1_000 * 1024);
    randomStream(1, 99).normals(0, noise);
    const noisy = (sigma: number) =>
      scoresOf(
        show(everyDigit, (value, i) => Math.min(255, Math.max(0, Math.round(value + 255 * sigma * (noise[i] ?? 0))))),
      );
    const [clean, bit, much] = [await scoresOf(show(everyDigit)), await noisy(0.15), await noisy(0.4)];
    for (const name of ['fd-lenet', 'kid-lenet'])
      expect([clean[name], bit[name], much[name]], name).toEqual(
        [clean[name] ?? 0, bit[name] ?? 0, much[name] ?? 0].toSorted((a, b) => a - b),
      );
    expect(much['kid-lenet']).toBeGreaterThan(10 * Math.abs(clean['kid-lenet'] ?? 0));
    expect(clean['precision-lenet']).toBeGreaterThan(0.85);
    expect(clean['recall-lenet']).toBeGreaterThan(0.85);
    expect(clean['density-lenet']).toBeGreaterThan(0.85);
    expect(clean['coverage-lenet']).toBeGreaterThan(0.85);
    // A classifier still reads noisy digits, so noise costs variety, not precision.
    for (const name of ['recall-lenet', 'coverage-lenet'])
      expect([much[name], bit[name], clean[name]], name).toEqual(
        [clean[name] ?? 0, bit[name] ?? 0, much[name] ?? 0].toSorted((a, b) => a - b),
      );
    expect(much['recall-lenet']).toBeLessThan(0.1);

    const ones = await scoresOf(show((labels) => everyDigit(labels).filter((i) => labels[i] === 1)));
    expect(ones['recall-lenet']).toBeLessThan(0.3);
    expect(ones['coverage-lenet']).toBeLessThan(0.3);
    expect(ones['fd-lenet']).toBeGreaterThan(10 * (clean['fd-lenet'] ?? 0));
  });

  it('sees shapes that are no digits', async () => {
    const digits = await show(everyDigit)(1_000, 3);
    const others = await show(everyDigit)(1_000, 20_000);
    // The upper half of one digit over the lower half of another.
    const joined = digits.data.map((value, i) => (Math.floor(i / 512) % 2 === 0 ? value : (others.data[i] ?? 0)));
    const scores = await scoresOf(() => Promise.resolve({ ...digits, data: joined }));
    expect(scores['precision-lenet']).toBeLessThan(0.6);
    expect(scores['density-lenet']).toBeLessThan(0.6);
    expect(scores['kid-lenet']).toBeGreaterThan(0.05);
  });

  it('writes passports with the hash of weights and data, and the deviation over subsets', async () => {
    const results = await evaluate(request);
    expect(results.map(({ protocol }) => protocol)).toEqual(request.protocols);
    for (const { passport } of results)
      expect(passport).toMatchObject({
        extractor: { id: 'lenet', weights: LENET_SHA256, dimension: 64 },
        preprocessing: { size: '32×32×1', range: '[0, 1]', quantised: 'uint8' },
        real: { dataset: 'mnist', dataHash: DATA_HASHES.mnist, split: 'held-out', n: 1_000 },
        fake: { n: 1_000, imagesSeen: 40_000, noise: 'gaussian', noiseSeed: 3, weights: 'ema', truncation: 0.7 },
        run: { backend: 'onnx' },
      });
    const [fd, kid, prdc] = results;
    expect(fd?.passport.estimator).toMatchObject({ biased: false });
    expect(kid?.passport.estimator).toMatchObject({ subsets: 100, subsetSize: 1_000 });
    expect(kid?.passport.uncertainty).toHaveProperty('kid-lenet');
    expect(prdc?.passport.estimator).toMatchObject({ precisionRecallK: 3, densityCoverageK: 5 });
  });

  it('counts the modes of stacked digits, channel by channel, among 26,000 fakes', async () => {
    const { labels } = await loadMnist('test');
    const first = Array.from({ length: 10 }, (_, digit) => labels.indexOf(digit));
    // Stacks 000 to 499 in turn, so half of the modes.
    const shown = Array.from({ length: 500 }, (_, mode) => [
      Math.floor(mode / 100),
      Math.floor(mode / 10) % 10,
      mode % 10,
    ]);
    const { pixels } = await loadMnist('test');
    const stacks = async (count: number): Promise<ImageSamples> => {
      const data = new Uint8Array(count * 3 * 1024);
      for (let image = 0; image < count; image++)
        for (const [channel, digit] of (shown[image % 500] ?? []).entries()) {
          const from = (first[digit] ?? 0) * 1024;
          for (let pixel = 0; pixel < 1024; pixel++)
            data[(image * 1024 + pixel) * 3 + channel] = pixels[from + pixel] ?? 0;
        }
      return { kind: 'images', count, height: 32, width: 32, channels: 3, data };
    };
    const { heldOut, train } = await openDataset({ dataset: 'stacked-mnist' });
    const [modes, kid] = await evaluate({
      ...request,
      dataset: 'stacked-mnist',
      dataHash: DATA_HASHES['stacked-mnist'],
      heldOut,
      train,
      draw: stacks,
      samples: 100,
      protocols: ['modes-lenet/v1', 'kid-random/v1'],
    });
    expect(modes?.scores).toEqual({ 'modes-lenet': 500, 'mode-kl-lenet': expect.closeTo(Math.LN2, 12) });
    expect(modes?.passport).toMatchObject({ fake: { n: 26_000 }, real: { dataset: 'stacked-mnist', n: 0 } });
    expect(kid?.passport).toMatchObject({ fake: { n: 100 }, real: { n: 100 } });
  });

  it('marks a Fréchet distance of fewer than twice as many samples as features as biased', async () => {
    const [few] = await evaluate({ ...request, protocols: ['fd-lenet/v1'], samples: 127 });
    const [enough] = await evaluate({ ...request, protocols: ['fd-lenet/v1'], samples: 128 });
    expect(few?.passport.estimator.biased).toBe(true);
    expect(enough?.passport.estimator.biased).toBe(false);
    expect(passportKey(few?.passport ?? {})).not.toBe(passportKey(enough?.passport ?? {}));
  });

  it('gives the same scores again, with the real side kept from before', async () => {
    const [first, again] = [await evaluate(request), await evaluate(request)];
    expect(again.map(({ scores }) => scores)).toEqual(first.map(({ scores }) => scores));
  });

  it('measures how far features move along a path, in closed form where the generator is a straight line', async () => {
    const shape = { kind: 'images', height: 32, width: 32, channels: 1 } as const;
    const straight: EvaluationRequest['drawPaths'] = async ({ count, seed, epsilon }) => {
      const from = Float32Array.from({ length: count * 1024 }, (_, i) => (seed + 37 * i) % 251);
      // A unit of the path's parameter makes every pixel 51 brighter.
      const to = from.map((value) => value + 51 * epsilon);
      return { from: { ...shape, count, data: from }, to: { ...shape, count, data: to } };
    };
    const asked = { ...request, samples: 120, protocols: ['ppl-pixels/v1', 'ppl-random/v1'] as const };
    const [pixels, random] = await evaluate({ ...asked, drawPaths: straight });
    // 16 × 16 squares, each (51/255)² a unit.
    expect(Math.abs((pixels?.scores['ppl-pixels'] ?? 0) / (256 * 0.04) - 1)).toBeLessThan(1e-3);
    expect(random?.scores['ppl-random']).toBeGreaterThan(0);
    expect(pixels?.passport).toMatchObject({
      extractor: { id: 'pixels' },
      preprocessing: { quantised: 'no' },
      estimator: { epsilon: 1e-3, kept: expect.any(Number), path: 'straight line in z' },
      fake: { n: 120 },
    });
    await expect(evaluate(asked)).rejects.toThrow('ppl-pixels/v1 draws along paths of a generator');
    const spaces: string[] = [];
    const [byStyle] = await evaluate({
      ...asked,
      protocols: ['ppl-w-pixels/v1'],
      drawPaths: (wanted) => {
        spaces.push(wanted.space);
        return straight(wanted);
      },
    });
    expect(spaces).toEqual(['w']);
    expect(byStyle?.scores).toEqual({ 'ppl-w-pixels': pixels?.scores['ppl-pixels'] });
    expect(byStyle?.passport.estimator).toMatchObject({ path: 'straight line in w', places: 'ends' });
  });

  it('says which share of what lies halfway between latent vectors looks real, on the line and on the circle', async () => {
    const { heldOut, draw } = request;
    if (heldOut.kind !== 'images') throw new Error('digits are images');
    const { height, width, channels } = heldOut;
    const asked = { ...request, samples: 120, protocols: ['midpoints-pixels/v1'] as const };
    /** Digits where the halfway vector is as long as its ends, noise where it is shorter. */
    const between: EvaluationRequest['drawBetween'] = async ({ count, place }) => {
      const [x] = place(Float32Array.of(1, 0), Float32Array.of(0, 1));
      if ((x as number) > 0.6) {
        const digits = await draw(count, request.checkpoint.noiseSeed);
        if (digits.kind !== 'images') throw new Error('digits are images');
        return digits;
      }
      const data = Uint8Array.from({ length: count * height * width * channels }, (_, i) => (i * 7919) % 256);
      return { kind: 'images', count, height, width, channels, data };
    };
    const [found] = await evaluate({ ...asked, drawBetween: between });
    const [ofDigits] = await evaluate({ ...asked, protocols: ['prdc-pixels/v1'] });
    expect(found?.scores['precision-lerp-pixels']).toBeLessThan(0.1);
    expect(found?.scores['precision-slerp-pixels']).toBe(ofDigits?.scores['precision-pixels']);
    expect(found?.passport).toMatchObject({
      extractor: { id: 'pixels' },
      real: { split: 'held-out', n: 120 },
      estimator: { place: 0.5, precisionRecallK: 3 },
      fake: { n: 120 },
    });
    await expect(evaluate(asked)).rejects.toThrow('midpoints-pixels/v1 draws between latent vectors of a generator');
  });

  it('measures in dB how well pictures follow when their input moves, by whole pixels and by fractions', async () => {
    const shape = { kind: 'images', height: 32, width: 32, channels: 1 } as const;
    /** Slow waves that move as they are told to, but `lag` behind; and noise of .1 in [−1, 1]. */
    const waves =
      (lag: number, noise: number): EvaluationRequest['drawShifted'] =>
      async ({ count, reach, whole }) => {
        const shifts = Array.from({ length: count }, (_, i) => {
          const far = reach * 32 * Math.cos(i);
          return whole ? { x: Math.round(far), y: -Math.round(far) } : { x: far, y: -far };
        });
        const drawn = (still: boolean) => ({
          ...shape,
          count,
          data: Float32Array.from({ length: count * 1024 }, (_, i) => {
            const { x = 0, y = 0 } = still ? {} : (shifts[Math.floor(i / 1024)] ?? {});
            const [column, row] = [(i % 32) - (1 - lag) * x, (Math.floor(i / 32) % 32) - (1 - lag) * y];
            const value = 0.4 * Math.sin(0.3 * column) + 0.4 * Math.cos(0.25 * row);
            return 127.5 * (1 + value + (still ? 0 : noise * (i % 2 === 0 ? 1 : -1)));
          }),
        });
        return { plain: drawn(true), moved: drawn(false), shifts };
      };
    const asked = { ...request, samples: 20, protocols: ['eq-t/v1'] as const };
    const of = async (lag: number, noise = 0) => {
      const [found] = await evaluate({ ...asked, drawShifted: waves(lag, noise) });
      return found?.scores;
    };
    const perfect = await of(0);
    // float32 bytes: whole moves are exact but for these, fractions to what Lanczos can.
    expect(perfect?.['eq-t']).toBeGreaterThan(110);
    expect(perfect?.['eq-t-fraction']).toBeGreaterThan(40);
    const noisy = await of(0, 0.1);
    expect(noisy?.['eq-t']).toBeCloseTo(26.0206, 3);
    expect((await of(1))?.['eq-t']).toBeLessThan(20);
    const [found] = await evaluate({ ...asked, drawShifted: waves(0, 0) });
    expect(found?.passport).toMatchObject({
      extractor: null,
      preprocessing: { range: '[-1, 1]', quantised: 'no' },
      estimator: { reach: 0.125, unit: 'dB' },
      fake: { n: 20 },
    });
    await expect(evaluate(asked)).rejects.toThrow('eq-t/v1 moves the input of a generator');
  });

  it('measures in dB how well pictures follow when their input is turned', async () => {
    /** Waves that are turned about the centre as far as they are told to, but `lag` of it, and noise of .1 in [−1, 1]. */
    const waves =
      (lag: number, noise: number): EvaluationRequest['drawTurned'] =>
      async ({ count, alike }) => {
        const angles = Array.from({ length: count }, (_, i) => 1 + Math.floor(i / alike));
        const drawn = (share: number, rough: number) => ({
          kind: 'images' as const,
          ...{ height: 32, width: 32, channels: 1, count },
          data: Float32Array.from({ length: count * 1024 }, (_, i) => {
            const angle = share * (angles[Math.floor(i / 1024)] as number);
            const [x, y] = [(i % 32) - 15.5, (Math.floor(i / 32) % 32) - 15.5];
            const [back, down] = [x * Math.cos(angle) + y * Math.sin(angle), y * Math.cos(angle) - x * Math.sin(angle)];
            const value = 0.4 * Math.sin(0.3 * back + 0.4) + 0.4 * Math.cos(0.5 * down);
            return 127.5 * (1 + value + rough * Math.SQRT2 * Math.sin(0.4 * x));
          }),
        });
        return { plain: drawn(0, 0), turned: drawn(1 - lag, noise), angles };
      };
    const asked = { ...request, samples: 40, protocols: ['eq-r/v1'] as const };
    const of = async (lag: number, noise: number) =>
      (await evaluate({ ...asked, drawTurned: waves(lag, noise) }))[0]?.scores['eq-r'];
    expect(await of(0, 0)).toBeGreaterThan(50);
    expect(await of(0, 0.1)).toBeCloseTo(26.0206, 0);
    expect(await of(1, 0)).toBeLessThan(20);
    const [found] = await evaluate({ ...asked, drawTurned: waves(0, 0) });
    expect(found?.passport).toMatchObject({
      extractor: null,
      preprocessing: { size: '32×32×1', range: '[-1, 1]', quantised: 'no' },
      estimator: { angles: 'uniform', alike: 20, filterReach: 6, unit: 'dB' },
      fake: { n: 40 },
    });
    await expect(evaluate(asked)).rejects.toThrow('eq-r/v1 turns the input of a generator');
  });

  it('gives every protocol of the set the scores that its name promises, worse with noise and with missing digits', async () => {
    const all = protocolsFor('mnist').filter(
      (protocol) =>
        protocol !== 'conditional-lenet/v1' &&
        !asksGenerator(protocol) &&
        !asksRun(protocol) &&
        !defaultProtocolsFor('mnist').includes(protocol),
    );
    const { count: _, ...whole } = await loadMnist('train');
    const train = { ...whole, count: 300 };
    const of = async (
      draw: EvaluationRequest['draw'],
      protocols: EvaluationRequest['protocols'] = all.filter((id) => id !== 'swd/v1'),
    ): Promise<Record<string, number>> => {
      const results = await evaluate({ ...request, train, protocols, samples: 120, draw });
      for (const { protocol, scores } of results) {
        expect(Object.keys(scores), protocol).toEqual(scoresOfProtocol(protocol));
        expect(Object.values(scores).every(Number.isFinite), protocol).toBe(true);
      }
      return Object.assign({}, ...results.map(({ scores }) => scores));
    };
    const noise = new Float64Array(120 * 1024);
    randomStream(1, 99).normals(0, noise);
    const clean = await of(show(everyDigit), all);
    const noisy = await of(
      show(everyDigit, (value, i) => Math.min(255, Math.max(0, Math.round(value + 100 * (noise[i] ?? 0))))),
    );
    const ones = await of(show((labels) => everyDigit(labels).filter((i) => labels[i] === 1)));
    const lower = (name: string, other: Record<string, number>) =>
      expect(other[name], name).toBeLessThan(clean[name] ?? Number.NaN);
    const higher = (name: string, other: Record<string, number>) =>
      expect(other[name], name).toBeGreaterThan(clean[name] ?? Number.NaN);
    for (const other of [noisy, ones]) {
      lower('is-lenet', other);
      for (const name of [
        'mmd-lenet',
        'mmd-random',
        'mmd-pixels',
        'ndb-js-lenet',
        'ndb-js-pixels',
        'fd-random',
        'kid-pixels',
      ])
        higher(name, other);
      lower('recall-random', other);
    }
    for (const name of ['diversity-lenet', 'diversity-pixels', 'contrast', 'classes-lenet']) lower(name, ones);
    // All digits alike, against one of ten: KL from 0 to ln 10.
    expect(clean['classes-lenet']).toBe(10);
    expect(clean['class-kl-lenet']).toBeLessThan(0.1);
    expect(ones['class-kl-lenet']).toBeGreaterThan(2);
    for (const name of ['high-frequency', 'isolated-pixels', 'total-variation']) higher(name, noisy);
    // The clean ones are digits of the training set itself.
    expect(clean['memorisation-lenet']).toBeGreaterThan(noisy['memorisation-lenet'] ?? Number.NaN);
  });

  it('looks at digits without their margin as at digits with it', async () => {
    const { heldOut } = await openDataset({ dataset: 'mnist', resolution: 28 });
    const asked = {
      ...request,
      train: null,
      samples: 60,
      protocols: ['kid-lenet/v1', 'fd-random/v1', 'stats/v1'] as const,
    };
    const draw = show(everyDigit);
    const bare = async (count: number, seed: number): Promise<ImageSamples> => {
      const images = await draw(count, seed);
      const data = images.data.filter((_, i) => i % 32 > 1 && i % 32 < 30 && i % 1024 >= 64 && i % 1024 < 30 * 32);
      return { ...images, height: 28, width: 28, data };
    };
    const [with32, with28] = [await evaluate({ ...asked, draw }), await evaluate({ ...asked, heldOut, draw: bare })];
    expect(with28.map(({ scores }) => scores)).toEqual(with32.map(({ scores }) => scores));
    expect(with28.map(({ passport }) => passportKey(passport))).toEqual(
      with32.map(({ passport }) => passportKey(passport)),
    );
    // Other images of that side are no digits that lack a margin.
    if (heldOut.kind !== 'images') throw new Error('not images');
    const { margin: _, ...others } = heldOut;
    const [plain] = await evaluate({ ...asked, protocols: ['stats/v1'], heldOut: others, draw: bare });
    expect(plain?.passport.preprocessing).toMatchObject({ size: '28×28×1' });
  });

  it('sees whether digits are those that were asked for, in turn, and names the classes that there are', async () => {
    const of = async (asked: readonly string[], shown: readonly number[]) => {
      const { labels, ...images } = await loadMnist('train');
      const draw = (count: number): Promise<ImageSamples> => {
        const data = new Uint8Array(count * 1024);
        const byDigit = shown.map((digit) => Array.from(labels.keys()).filter((i) => labels[i] === digit));
        images.copy(
          Uint32Array.from({ length: count }, (_, i) => byDigit[i % shown.length]?.[i] ?? 0),
          data,
        );
        return Promise.resolve({ kind: 'images', count, height: 32, width: 32, channels: 1, data });
      };
      const checkpoint = { ...request.checkpoint, classes: asked };
      return evaluate({ ...request, draw, samples: 200, protocols: ['conditional-lenet/v1'], checkpoint });
    };
    const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    const [obedient] = await of(digits, digits.map(Number));
    expect(obedient?.scores['conditional-lenet']).toBeGreaterThan(0.97);
    expect(obedient?.passport).toMatchObject({ fake: { labels: 'in turn' }, estimator: { classifierAccuracy: 0.993 } });
    const [deaf] = await of(digits, [4]);
    expect(deaf?.scores['conditional-lenet']).toBeCloseTo(0.1, 2);
    const [some] = await of(['3', '7'], [3, 7]);
    expect(some?.scores['conditional-lenet']).toBeGreaterThan(0.97);
    await expect(evaluate({ ...request, protocols: ['conditional-lenet/v1'] })).rejects.toThrow('told a class');
  });

  it('has no memorisation without a training set', async () => {
    await expect(evaluate({ ...request, train: null, protocols: ['memorisation-lenet/v1'] })).rejects.toThrow(
      'training set',
    );
  });

  it('refuses points', async () => {
    const points = { kind: 'points', count: 1, data: new Float32Array(2) } as const;
    await expect(evaluate({ ...request, draw: () => Promise.resolve(points) })).rejects.toThrow('needs images');
  });
});
