import { describe, expect, it } from 'vitest';
import { BENCH_CASES, casesNamed, type RaceCase } from './cases.ts';
import { isRunning, startContender } from './contender-process.ts';
import { type Contender, ourContenders } from './contenders.ts';
import type { ContenderJob } from './messages.ts';

const small = casesNamed(BENCH_CASES, 'step-mlp2d-16').find((one): one is RaceCase => one.kind === 'step');
const job: ContenderJob = {
  configurations: small?.configurations ?? [],
  shape: { kind: 'plane' },
  stepsPerCall: 5,
  roundMs: 1,
  variant: 'onnx',
  device: 'cpu',
};

/** A contender that is a line of JavaScript. */
function scripted(script: string): Contender {
  return {
    name: 'scripted',
    kind: 'peer',
    variant: '',
    command: process.execPath,
    arguments: ['-e', script],
    manyStepsACall: false,
    fusesLanes: false,
    device: 'cpu',
  };
}

describe('contender process', () => {
  it('runs our executor: rounds, then memory, and the size of the networks', async () => {
    const [onnx] = ourContenders();
    if (!onnx) throw new Error('no contender');
    const started = await startContender({ ...onnx, arguments: ['--import', 'tsx', ...onnx.arguments] }, job, null);
    if (!isRunning(started)) throw new Error(started.why);
    await using running = started;
    // Two dense networks of 2 → 16 → 16 → 16 → 2 and → 1.
    expect(running.ready.parameters).toBe(626 + 609);
    const round = await running.round();
    expect(round.finite).toBe(true);
    expect(round.bestMs).toBeGreaterThan(0);
    expect(round.medianMs).toBeGreaterThanOrEqual(round.bestMs);
    expect((await running.memoryOver(12)).steps).toBe(15);
  });

  it('says why a contender does not take a case', async () => {
    const refusing = scripted(`console.log(JSON.stringify({ kind: 'refused', why: 'no convolutions' }))`);
    expect(await startContender(refusing, job, null)).toMatchObject({ kind: 'refused', why: 'no convolutions' });
  });

  it('passes on the last words of one that does not start', async () => {
    const failing = scripted(
      `console.error("Traceback\\nModuleNotFoundError: No module named 'torch'"); process.exit(1)`,
    );
    expect(await startContender(failing, job, null)).toMatchObject({
      kind: 'failed',
      why: "ModuleNotFoundError: No module named 'torch'",
    });
    const missing = { ...failing, command: 'no-such-python' };
    expect(await startContender(missing, job, null)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('no-such-python'),
    });
  });

  it('does not count a round whose losses are not finite', async () => {
    const diverging = scripted(`
      require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(JSON.stringify(
        line === 'round'
          ? { kind: 'round', medianMs: 1, bestMs: 1, steps: 5, finite: false }
          : { kind: 'ready', library: 'l', version: '1', parameters: 1, setUpMs: 1 })));`);
    const started = await startContender(diverging, job, null);
    if (!isRunning(started)) throw new Error(started.why);
    await using running = started;
    await expect(running.round()).rejects.toThrow('not finite');
  });
});
