import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataset } from '@gansweep/datasets';
import { type Configuration, dataHashOf, defaultProtocolsFor, type ProtocolId } from '@gansweep/domain';
import { createStepProgram, encodeCheckpoint, openGenerator, type SampleShape } from '@gansweep/gan';
import { writeExtractors } from '@gansweep/runtime';
import { buildConfiguration, buildDigits } from '@gansweep/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackend } from '../choose-executor.ts';
import { usePlugins } from '../use-plugins.ts';
import { evaluationThread } from './evaluation-thread.ts';
import { registeredIn } from './open-registered.ts';
import { type EvaluationWork, scoreGenerator } from './score-generator.ts';

const datasets = mkdtempSync(path.join(tmpdir(), 'gansweep-evaluation-'));
afterAll(() => rmSync(datasets, { recursive: true, force: true }));
const SETTINGS = { backend: 'auto', backendHome: '', datasets, home: datasets, plugins: null } as const;

/** The thread of most tests: it goes on after what it refuses, and takes seconds to start. */
const thread = evaluationThread(SETTINGS);

const PLANE = buildConfiguration();
const DIGITS = buildDigits();

function untrained(configuration: Configuration): Uint8Array {
  const shape: SampleShape =
    configuration.model === 'mlp2d' ? { kind: 'plane' } : { kind: 'images', height: 32, width: 32, channels: 1 };
  const { pG, sG } = createStepProgram(configuration, shape).initialState(3);
  const tensors = { ...(pG && { pG }), ...(sG && { sG }) };
  return encodeCheckpoint({ kind: 'generator', format: 1, configuration, seed: 3, shape, imagesSeen: 64, tensors });
}

const workOf = (configuration: Configuration, protocols: readonly ProtocolId[]): EvaluationWork => ({
  configuration,
  dataHash: dataHashOf(configuration.dataset, []),
  folder: null,
  protocols,
  extractors: {},
  samples: 300,
  imagesSeen: 64,
  date: '2026-01-01T00:00:00.000Z',
});

describe('the evaluation thread', () => {
  it.each([
    ['points, by WebAssembly', PLANE],
    ['images, by ONNX Runtime', DIGITS],
  ])('gives %s the scores that the training thread gives, bit for bit', async (_, configuration) => {
    const ofPaths = configuration.model === 'mlp2d' ? [] : (['ppl-pixels/v1'] as const);
    const work = workOf(configuration, [...defaultProtocolsFor(configuration.dataset), ...ofPaths]);
    const generator = untrained(configuration);
    const beside = thread.score(work, generator);
    expect(thread.isBusy()).toBe(true);
    const executor = (await openBackend('auto', SETTINGS)).executorFor(configuration);
    expect(thread.takes(executor)).toBe(true);
    await using opened = await openGenerator(generator, executor);
    const dataset = await openDataset(configuration, { folder: datasets });
    const here = await scoreGenerator(work, {
      generator: opened,
      dataset,
      executor,
      openRegistered: registeredIn(datasets),
      seconds: () => 0,
    });
    const there = await beside;
    expect(thread.isBusy()).toBe(false);
    const timeless = (records: typeof here) =>
      records.map(({ passport, protocol, scores }) => ({
        protocol,
        scores,
        passport: { ...passport, run: { ...(passport.run as object), seconds: 0 } },
      }));
    expect(timeless(there)).toEqual(timeless(here));
    for (const { seconds } of there) expect(seconds).toBeGreaterThan(0);
  });

  it('scores by a registered extractor, and says so when it is not registered or of other weights', async () => {
    const scored = (extractors: Readonly<Record<string, string>>) =>
      thread.score({ ...workOf(DIGITS, ['prdc-mine/v1']), samples: 100, extractors }, untrained(DIGITS));
    await expect(scored({ mine: 'a'.repeat(64) })).rejects.toThrow('gansweep extractor add FILE.onnx --name mine');
    const file = path.join(import.meta.dirname, '../../../../cli/test/extractors/small.onnx');
    const weights = 'd2022e8d067ed31f6f3cc7cb8672f628e42fd0119a910e2fc195a09145b80f01';
    writeExtractors(datasets, [
      {
        name: 'mine',
        path: file,
        file: createHash('sha256').update(readFileSync(file)).digest('hex'),
        weights,
        input: { name: 'pictures', height: 16, width: 16, channels: 3 },
        output: 'features',
        dimension: 4,
        range: 'signed',
        isInception: false,
      },
    ]);
    await expect(scored({ mine: 'a'.repeat(64) })).rejects.toThrow('this worker has d2022e8d067e…');
    const [record] = await scored({ mine: weights });
    expect(Object.keys(record?.scores ?? {})).toEqual([
      'precision-mine',
      'recall-mine',
      'density-mine',
      'coverage-mine',
    ]);
    expect(record).toMatchObject({
      protocol: 'prdc-mine/v1',
      passport: { extractor: { id: 'mine', weights, dimension: 4 }, preprocessing: { size: '16×16×3' } },
    });
  });

  it('says why it could not, and goes on with the next', async () => {
    const [wrong, right] = await Promise.allSettled([
      thread.score(workOf(PLANE, ['kid-lenet/v1']), untrained(PLANE)),
      thread.score(workOf(PLANE, ['density2d/v1']), untrained(PLANE)),
    ]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: { message: 'kid-lenet/v1 is not defined on ring8' } });
    expect(right).toMatchObject({ status: 'fulfilled', value: [{ protocol: 'density2d/v1', imagesSeen: 64 }] });
  });

  it('has the plugins of its process, metrics among them', async () => {
    const plugins = path.join(import.meta.dirname, '../../../../../sweeps/plugins');
    await usePlugins(plugins);
    const work = workOf(Object.assign({}, PLANE, { noise: 'plugin:laplace', 'laplace.deviation': 1 } as const), [
      'plugin:energy?exponent=1.5',
    ]);
    const [record] = await evaluationThread({ ...SETTINGS, plugins }).score(work, untrained(work.configuration));
    expect(record?.scores['plugin:energy?exponent=1.5']).toBeGreaterThan(0);
    expect(record?.passport).toMatchObject({
      estimator: { plugin: expect.stringMatching(/^energy@[0-9a-f]{16}$/), exponent: 1.5, pairs: 100_000 },
    });
    const without = thread.score(work, untrained(work.configuration));
    await expect(without).rejects.toThrow(/no metric of a plugin here|is not defined/);
  });

  it('says that its backend cannot be opened', async () => {
    const unopened = evaluationThread({ ...SETTINGS, backend: 'onnx-webgpu' });
    await expect(unopened.score(workOf(PLANE, ['density2d/v1']), untrained(PLANE))).rejects.toThrow('onnx-webgpu');
  });

  it('is started again for the next evaluation when it died', async () => {
    const broken = evaluationThread(SETTINGS, new URL('./no-such-entry.mjs', import.meta.url));
    for (let again = 0; again < 2; again++)
      await expect(broken.score(workOf(PLANE, ['density2d/v1']), untrained(PLANE))).rejects.toThrow(
        /^the thread ended with code 1: .*no-such-entry/,
      );
    expect(broken.isBusy()).toBe(false);
  });
});
