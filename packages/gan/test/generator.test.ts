import { randomStream, STREAMS } from '@gansweep/domain';
import { onnxExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import {
  CheckpointError,
  createStepProgram,
  decodeCheckpoint,
  encodeCheckpoint,
  networksOf,
  openGenerator,
} from '../src/index.ts';
import { totalSize, unflatten } from '../src/parameters.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { roundLaw, smallImages, smallPlane, smallStyle, smallStyleLike, stripes, tell } from './small-runs.ts';

const executor = await onnxExecutor();

async function trained(kind: 'plane' | 'images') {
  const { end } = await tell(
    kind === 'plane'
      ? { configuration: smallPlane({ nz: 3 }), reals: roundLaw({ centre: [0, 1], sigma: 0.2 }), executor }
      : { configuration: smallImages(), reals: stripes({ channels: 3 }), executor },
  );
  if (end.kind === 'diverged') throw new Error('diverged');
  return end;
}

describe.each(['plane', 'images'] as const)('a generator of %s', (kind) => {
  it('gives sample i by seed and i alone, however many are drawn', async () => {
    const { generator } = await trained(kind);
    await using opened = await openGenerator(generator, executor);
    const many = await opened.draw({ count: 250, seed: 3 });
    const few = await opened.draw({ count: 7, seed: 3 });
    const each = many.data.length / 250;
    expect(few.data).toEqual(many.data.slice(0, 7 * each));
    const rest = await opened.draw({ count: 50, seed: 3, start: 200 });
    expect(rest.data).toEqual(many.data.slice(200 * each));
    expect((await opened.draw({ count: 7, seed: 4 })).data).not.toEqual(few.data);
  });

  it('draws the same from its own bytes and from the full checkpoint', async () => {
    const { generator, checkpoint } = await trained(kind);
    await using small = await openGenerator(generator, executor);
    await using full = await openGenerator(checkpoint, executor);
    expect((await small.draw({ count: 20, seed: 1 })).data).toEqual((await full.draw({ count: 20, seed: 1 })).data);
    expect(await full.bytes()).toEqual(generator);
    expect(generator.length).toBeLessThan(checkpoint.length / 2);
  });
});

it('gives both ends of a path by seed and number alone: a place between latent vectors, and a step further on', async () => {
  const { generator } = await trained('images');
  await using opened = await openGenerator(generator, executor);
  const still = await opened.paths({ count: 130, seed: 3, epsilon: 0, space: 'z' });
  expect(still.to).toEqual(still.from);
  expect(still.from).toMatchObject({ kind: 'images', count: 130, height: 16, width: 16, channels: 3 });
  const once = await opened.paths({ count: 7, seed: 3, epsilon: 1e-3, space: 'z' });
  expect(once.from.data).toEqual(still.from.data.slice(0, once.from.data.length));
  const twice = await opened.paths({ count: 7, seed: 3, epsilon: 2e-3, space: 'z' });
  const step = ({ from, to }: typeof once): number =>
    Math.hypot(...to.data.map((value, i) => value - (from.data[i] ?? 0)));
  expect(step(once)).toBeGreaterThan(0);
  expect(step(twice) / step(once)).toBeCloseTo(2, 1);
  expect((await opened.paths({ count: 7, seed: 4, epsilon: 0, space: 'z' })).from.data).not.toEqual(once.from.data);
  // Each path lies somewhere else.
  const each = 16 * 16 * 3;
  expect(once.from.data.slice(0, each)).not.toEqual(once.from.data.slice(each, 2 * each));
});

it('gives images of a vector between the two of each pair, by seed and number alone', async () => {
  const { generator } = await trained('images');
  await using opened = await openGenerator(generator, executor);
  const at = (share: number, seed = 3, count = 7) =>
    opened.between({ count, seed, place: (a, b) => a.map((value, i) => value + share * ((b[i] as number) - value)) });
  const [from, middle, to] = [await at(0), await at(0.5), await at(1)];
  expect(middle).toMatchObject({ kind: 'images', count: 7, height: 16, width: 16, channels: 3 });
  expect(from.data).not.toEqual(to.data);
  expect(middle.data).not.toEqual(from.data);
  expect((await at(0.5, 3, 130)).data.slice(0, middle.data.length)).toEqual(middle.data);
  expect((await at(0.5, 4)).data).not.toEqual(middle.data);
  const each = 16 * 16 * 3;
  expect(middle.data.slice(0, each)).not.toEqual(middle.data.slice(each, 2 * each));
});

describe('a generator of styles', () => {
  /** Convolutions that look at one pixel only: what they make is turned as what they see is. */
  const pointwise = (bytes: Uint8Array): Uint8Array => {
    const checkpoint = decodeCheckpoint(bytes);
    const pG = Float32Array.from(checkpoint.tensors.pG ?? []);
    let at = 0;
    for (const { shape } of networksOf(checkpoint.configuration, checkpoint.shape).generator.parameters) {
      const size = shape.reduce((product, length) => product * length, 1);
      if (shape.length === 4 && shape[3] === 3) for (let i = 0; i < size; i++) if (i % 9 !== 4) pG[at + i] = 0;
      at += size;
    }
    return encodeCheckpoint({ ...checkpoint, tensors: { ...checkpoint.tensors, pG } });
  };
  const styled = async (model: 'stylegan2' | 'stylegan3', change = (bytes: Uint8Array): Uint8Array => bytes) => {
    const configuration = model === 'stylegan2' ? smallStyle() : smallStyleLike(model);
    const { end } = await tell({ configuration, reals: stripes({ side: 8 }), executor });
    if (end.kind === 'diverged') throw new Error('diverged');
    return openGenerator(change(end.generator), executor);
  };

  it('walks from the style of one latent vector to that of another in a straight line', async () => {
    await using opened = await styled('stylegan2');
    const walked = async (epsilon: number, seed = 3) => opened.paths({ count: 7, seed, epsilon, space: 'w' });
    const [still, some, all] = [await walked(0), await walked(0.5), await walked(1)];
    expect(still.to).toEqual(still.from);
    // Ends do not depend on how far the other end is, and z is not what is halved.
    expect(some.from).toEqual(still.from);
    expect(some.to.data).not.toEqual((await opened.paths({ count: 7, seed: 3, epsilon: 0.5, space: 'z' })).to.data);
    // A step from the second end back to the first is the same line.
    const distance = ({ from, to }: typeof still): number =>
      Math.hypot(...to.data.map((value, i) => value - (from.data[i] ?? 0)));
    expect(distance(all)).toBeGreaterThan(distance(some));
    expect(distance(await walked(2e-3)) / distance(await walked(1e-3))).toBeCloseTo(2, 1);
    expect((await walked(0, 4)).from.data).not.toEqual(still.from.data);
    expect((await opened.paths({ count: 130, seed: 3, epsilon: 0, space: 'w' })).from.data.slice(0, 7 * 64)).toEqual(
      still.from.data,
    );
  });

  it('of waves that are moved makes the image moved, by whole pixels or by fractions', async () => {
    await using opened = await styled('stylegan3');
    const { plain, moved, shifts } = await opened.shifted({ count: 5, seed: 3, reach: 0.25, whole: true });
    expect(shifts).toHaveLength(5);
    expect(shifts.flatMap(({ x, y }) => [x, y]).every((far) => Number.isInteger(far) && Math.abs(far) <= 2)).toBe(true);
    expect(shifts.some(({ x }) => x !== 0)).toBe(true);
    shifts.forEach(({ x, y }, image) => {
      const [still, then] = [plain, moved].map(({ data }) => data.subarray(image * 64, (image + 1) * 64));
      expect(
        then?.every((value, i) => value === still?.[i]),
        `image ${image}`,
      ).toBe(x === 0 && y === 0);
    });
    // What was moved lies where its shift says, and not where it was, across the diagonal or on the other side.
    const difference = (turned: (x: number, y: number) => readonly [right: number, down: number]): number =>
      shifts.reduce((total, { x, y }, image) => {
        const [right, down] = turned(x, y);
        for (const row of [2, 3, 4, 5])
          for (const column of [2, 3, 4, 5]) {
            const from = (row - down) * 8 + column - right;
            total += ((moved.data[image * 64 + row * 8 + column] ?? 0) - (plain.data[image * 64 + from] ?? 0)) ** 2;
          }
        return total;
      }, 0);
    const there = difference((x, y) => [x, y]);
    expect(there).toBeLessThan(0.01 * difference(() => [0, 0]));
    expect(there).toBeLessThan(0.01 * difference((x, y) => [y, x]));
    expect(there).toBeLessThan(0.01 * difference((x, y) => [-x, -y]));
    const finely = await opened.shifted({ count: 5, seed: 3, reach: 0.25, whole: false });
    expect(finely.plain).toEqual(plain);
    expect(finely.shifts.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }))).toEqual(shifts);
  });

  it('of waves that are turned makes the image turned, by angles that images in turn share', async () => {
    await using opened = await styled('stylegan3', pointwise);
    const { plain, turned, angles } = await opened.turned({ count: 130, seed: 3, alike: 4 });
    expect(angles).toHaveLength(130);
    expect(new Set(angles).size).toBe(33);
    expect(angles[3]).toBe(angles[0]);
    expect(Math.max(...angles) - Math.min(...angles)).toBeGreaterThan(5);
    expect(plain.data.slice(0, 64)).not.toEqual(plain.data.slice(64, 128));
    // What was turned lies where its angle says, and not where it was or on the other side.
    const difference = (share: number): number =>
      angles.reduce((total, angle, image) => {
        const [cosine, sine] = [Math.cos(share * angle), Math.sin(share * angle)];
        const still = (row: number, column: number): number => plain.data[image * 64 + row * 8 + column] as number;
        for (const row of [2, 3, 4, 5])
          for (const column of [2, 3, 4, 5]) {
            const [x, y] = [column - 3.5, row - 3.5];
            const [across, down] = [3.5 + x * cosine + y * sine, 3.5 + y * cosine - x * sine];
            const [left, top] = [Math.floor(across), Math.floor(down)];
            const [right, bottom] = [across - left, down - top];
            const upper = (1 - right) * still(top, left) + right * still(top, left + 1);
            const lower = (1 - right) * still(top + 1, left) + right * still(top + 1, left + 1);
            total +=
              ((1 - bottom) * upper + bottom * lower - (turned.data[image * 64 + row * 8 + column] as number)) ** 2;
          }
        return total;
      }, 0);
    expect(difference(1)).toBeLessThan(0.01 * difference(0));
    expect(difference(1)).toBeLessThan(0.01 * difference(-1));
    const few = await opened.turned({ count: 7, seed: 3, alike: 4 });
    expect(few.turned.data).toEqual(turned.data.slice(0, 7 * 64));
    expect(few.angles).toEqual(angles.slice(0, 7));
  });

  it('is what paths between styles and moves of the input are asked of', async () => {
    const { generator } = await trained('images');
    await using opened = await openGenerator(generator, executor);
    await expect(opened.paths({ count: 1, seed: 1, epsilon: 0, space: 'w' })).rejects.toThrow('dcgan maps no latent');
    const moves = { count: 1, seed: 1, reach: 0.1, whole: true };
    await expect(opened.shifted(moves)).rejects.toThrow('the input of dcgan cannot be moved');
    await using style = await styled('stylegan2');
    await expect(style.shifted(moves)).rejects.toThrow('the input of stylegan2 cannot be moved');
    const turns = { count: 1, seed: 1, alike: 1 };
    await expect(style.turned(turns)).rejects.toThrow('the input of stylegan2 cannot be moved');
  });
});

it('is drawn at another truncation where it has styles, and says how many classes it is told', async () => {
  const configuration = smallStyle({ conditionG: true, conditionD: true, truncation: 0.5 });
  const shape = { kind: 'images', height: 8, width: 8, channels: 1, classCount: 3 } as const;
  const { pG, sG } = createStepProgram(configuration, shape).initialState(3);
  const tensors = { ...(pG && { pG }), ...(sG && { sG }) };
  const bytes = encodeCheckpoint({
    kind: 'generator',
    format: 1,
    configuration,
    seed: 3,
    shape,
    imagesSeen: 0,
    tensors,
  });
  const drawn = async (truncation?: number) => {
    await using opened = await openGenerator(bytes, executor, { truncation });
    expect(opened.toldOf).toBe(3);
    return (await opened.draw({ count: 4, seed: 3 })).data;
  };
  const plain = await drawn();
  expect(await drawn(0.5)).toEqual(plain);
  expect(await drawn(1)).not.toEqual(plain);

  const { generator } = await trained('images');
  await using untold = await openGenerator(generator, executor);
  expect(untold.toldOf).toBe(0);
  await expect(openGenerator(generator, executor, { truncation: 1 })).rejects.toThrow('dcgan has no styles');
});

it('images are NHWC bytes, (x + 1) · 127.5 rounded, of G on the seed’s noise', async () => {
  const { generator } = await trained('images');
  await using opened = await openGenerator(generator, executor);
  const found = await opened.draw({ count: 5, seed: 2 });
  expect(found).toMatchObject({ kind: 'images', count: 5, height: 16, width: 16, channels: 3 });
  const { configuration, shape, tensors } = decodeCheckpoint(generator);
  const network = networksOf(configuration, shape).generator;
  const noise = new Float32Array(5 * configuration.nz);
  randomStream(2, STREAMS.evaluationNoise).normals(0, noise);
  const { planes } = evaluateExpression(
    {
      noise: { shape: [5, configuration.nz], data: Array.from(noise) },
      parameters: { shape: [totalSize(network.parameters)], data: Array.from(tensors.pG ?? []) },
      statistics: { shape: [totalSize(network.statistics)], data: Array.from(tensors.sG ?? []) },
    },
    (given) => ({
      planes: network.apply({
        input: given.noise,
        parameters: unflatten(given.parameters, network.parameters),
        statistics: unflatten(given.statistics, network.statistics),
        mode: 'sample',
        probe: () => {},
      }).output,
    }),
  );
  expect(found.data).toHaveLength(planes.length);
  found.data.forEach((value, i) => {
    const [image, pixel, channel] = [Math.floor(i / 768), Math.floor(i / 3) % 256, i % 3];
    const exact = ((planes[image * 768 + channel * 256 + pixel] as number) + 1) * 127.5;
    // float32 may round a half the other way.
    expect(Math.abs(value - exact)).toBeLessThan(0.501);
  });
  expect(Math.max(...found.data) - Math.min(...found.data)).toBeGreaterThan(20);
});

it('samples by the running statistics, so that they matter', async () => {
  const { generator } = await trained('images');
  const checkpoint = decodeCheckpoint(generator);
  const { pG, sG } = checkpoint.tensors as { pG: Float32Array; sG: Float32Array };
  const moved = encodeCheckpoint({ ...checkpoint, tensors: { pG, sG: sG.map((x) => x * 4) } });
  await using one = await openGenerator(generator, executor);
  await using other = await openGenerator(moved, executor);
  expect((await one.draw({ count: 3, seed: 1 })).data).not.toEqual((await other.draw({ count: 3, seed: 1 })).data);
});

it('refuses damaged bytes', async () => {
  const { generator } = await trained('plane');
  await expect(openGenerator(generator.subarray(1), executor)).rejects.toThrow(CheckpointError);
});
