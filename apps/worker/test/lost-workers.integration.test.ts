import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunId } from '@gansweep/domain';
import { buildDigits } from '@gansweep/testkit';
import { describe, expect, it } from 'vitest';
import {
  checkpointsOf,
  curveOf,
  DEADLINE,
  finalTensors,
  folder,
  fullCheckpointsOf,
  HAS_TENSORFLOW,
  imagesOf,
  isAlive,
  LONG,
  rowOf,
  scoresOf,
  sql,
  startWorkerProcess,
  stateOf,
  store,
  submit,
  submitRun,
  trainersOf,
} from './real-workers.ts';

describe('runs of workers and trainers that are lost', () => {
  it('trains a run whose trainer and then whose worker is killed to the same bits, with every point once', async () => {
    const calm = startWorkerProcess();
    // So long that it is still under way when its worker is killed, also on a busy machine.
    const twice = { ...LONG, images: 2 * LONG.images };
    const undisturbed = await submit(twice, 5);
    await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');

    const disturbed = await submit(twice, 5);
    await expect.poll(() => imagesOf(disturbed), DEADLINE).toBeGreaterThan(100_000);
    const [trainer] = trainersOf(calm);
    process.kill(trainer as number, 'SIGKILL');
    await expect.poll(async () => (await rowOf(disturbed)).epoch, DEADLINE).toBeGreaterThan(1);
    await expect.poll(() => imagesOf(disturbed), DEADLINE).toBeGreaterThan(300_000);
    const orphans = trainersOf(calm);
    calm.kill('SIGKILL');
    expect(orphans).toHaveLength(1);
    await expect.poll(() => orphans.filter(isAlive), { timeout: 2_000 }).toEqual([]);
    const other = startWorkerProcess();
    await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');

    expect((await rowOf(disturbed)).epoch).toBeGreaterThan(2);
    expect(await finalTensors(disturbed)).toEqual(await finalTensors(undisturbed));
    expect(await curveOf(disturbed)).toEqual(await curveOf(undisturbed));
    const resumes = await sql.query<{ resumed: string }>(
      'SELECT a.resume_images AS resumed FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch',
      [disturbed],
    );
    expect(resumes.rows.slice(1).every(({ resumed }) => Number(resumed) > 0)).toBe(true);
    other.kill('SIGTERM');
    expect(await once(other, 'exit')).toEqual([0, null]);
  }, 90_000);

  it.skipIf(!HAS_TENSORFLOW)(
    'trains images by TensorFlow where that was asked for, says so of each attempt, and resumes a killed one to the same bits',
    async () => {
      const digits = buildDigits({ images: 2_000 });
      const worker = startWorkerProcess(1, { GANSWEEP_BACKEND: 'tensorflow' });
      const undisturbed = await submitRun(digits, 3);
      await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');
      const disturbed = await submitRun(digits, 3);
      await expect.poll(() => checkpointsOf(disturbed), DEADLINE).toBeGreaterThan(0);
      const [trainer] = trainersOf(worker);
      process.kill(trainer as number, 'SIGKILL');
      await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');

      const attempts = await sql.query(
        `SELECT a.backend_name AS name, a.backend_device AS device, a.resume_images > 0 AS resumed
         FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch`,
        [disturbed],
      );
      const by = { name: 'tensorflow', device: 'cpu' };
      expect(attempts.rows).toEqual([
        { ...by, resumed: false },
        { ...by, resumed: true },
      ]);
      expect(await finalTensors(disturbed)).toEqual(await finalTensors(undisturbed));
      expect(await curveOf(disturbed)).toEqual(await curveOf(undisturbed));
      worker.kill('SIGTERM');
      expect(await once(worker, 'exit')).toEqual([0, null]);
    },
    90_000,
  );

  it('scores beside the training what it scores between calls, once for each point, also when it is killed meanwhile', async () => {
    const still = startWorkerProcess(1, { GANSWEEP_EVALUATION_SHARE: '1' });
    const undisturbed = await submit(LONG, 8, 16_000);
    await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');
    still.kill('SIGTERM');
    await once(still, 'exit');

    const moving = startWorkerProcess(1, { GANSWEEP_EVALUATION_SHARE: '0' });
    const disturbed = await submit(LONG, 8, 16_000);
    // The first checkpoint of an attempt belongs to its first evaluation, for which the thread has to start: were it
    // recorded before that is scored, the next attempt would begin behind it.
    for (const epoch of [1, 2, 3]) {
      await expect.poll(() => fullCheckpointsOf(disturbed, epoch), { ...DEADLINE, interval: 5 }).toBeGreaterThan(0);
      process.kill(trainersOf(moving)[0] as number, 'SIGKILL');
      await expect.poll(async () => (await rowOf(disturbed)).epoch, DEADLINE).toBe(epoch + 1);
    }
    await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');

    const scores = await scoresOf(disturbed);
    // Two scores at each of forty places.
    expect(scores).toHaveLength(80);
    expect(scores).toEqual(await scoresOf(undisturbed));
    expect(await curveOf(disturbed)).toEqual(await curveOf(undisturbed));
    expect(await finalTensors(disturbed)).toEqual(await finalTensors(undisturbed));
    moving.kill('SIGTERM');
    expect(await once(moving, 'exit')).toEqual([0, null]);
  }, 90_000);

  it('checkpoints and releases its run when it is drained, and another worker goes on with it', async () => {
    const first = startWorkerProcess();
    const run = await submit({ ...LONG, images: 5 * LONG.images }, 6);
    await expect.poll(() => imagesOf(run), DEADLINE).toBeGreaterThan(50_000);
    first.kill('SIGTERM');
    expect(await once(first, 'exit')).toEqual([0, null]);
    expect(await stateOf(run)).toBe('queued');
    const second = startWorkerProcess();
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    second.kill('SIGTERM');
    await once(second, 'exit');
  });

  it('trains a refilled pack in which a lane gets NaN, one is cancelled, one pruned and the trainer is killed as if each were alone', async () => {
    const shared = { images: 1_500_000, nz: 4 };
    const [first, second] = [await submit(shared, 21), await submit({ ...shared, lrG: 3e-4, noise: 'uniform' }, 22)];
    const mad = await submit({ ...shared, lrG: 1e30, lrD: 1e30, loss: 'non-saturating' }, 23);
    const [unwanted, poor] = [await submit(shared, 24), await submit(shared, 25)];
    const refills = [await submit({ ...shared, beta1: 0 }, 26), await submit(shared, 27), await submit(shared, 28)];
    const [late] = refills as [RunId];
    // Workers that earlier tests killed would have their share.
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const worker = startWorkerProcess(1, { TEST_PACK_SIZE: '5' });
    await expect.poll(() => imagesOf(first), DEADLINE).toBeGreaterThan(0);
    const packs = await sql.query<{ size: number }>(
      'SELECT a.pack_size AS size FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = ANY ($1) AND a.epoch = 1',
      [[first, second, mad, unwanted, poor]],
    );
    expect(packs.rows.map(({ size }) => size)).toEqual([5, 5, 5, 5, 5]);
    expect(await store.sweeps.cancelRun(unwanted)).toBe('ok');
    await sql.query("UPDATE run SET prune_requested = true WHERE uid = $1 AND state = 'running'", [poor]);
    await expect.poll(() => stateOf(unwanted), DEADLINE).toBe('cancelled');
    await expect.poll(() => stateOf(poor), DEADLINE).toBe('pruned');
    await expect.poll(() => stateOf(mad), DEADLINE).toBe('diverged');
    // Their places are taken by the next ones in line, while the first two go on.
    for (const run of refills) await expect.poll(() => imagesOf(run), DEADLINE).toBeGreaterThan(0);
    for (const run of [first, ...refills]) expect(await rowOf(run)).toMatchObject({ state: 'running', epoch: 1 });
    process.kill(trainersOf(worker)[0] as number, 'SIGKILL');
    // Two of the refills have done their part.
    for (const run of refills.slice(1)) await store.sweeps.cancelRun(run);
    for (const run of [first, second, late]) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    for (const run of [first, late]) expect((await rowOf(run)).epoch).toBeGreaterThan(1);
    // The same runs again, one after another.
    const alone = await submit(shared, 21);
    await expect.poll(() => stateOf(alone), DEADLINE).toBe('succeeded');
    const aloneToo = await submit({ ...shared, lrG: 3e-4, noise: 'uniform' }, 22);
    await expect.poll(() => stateOf(aloneToo), DEADLINE).toBe('succeeded');
    const aloneLate = await submit({ ...shared, beta1: 0 }, 26);
    await expect.poll(() => stateOf(aloneLate), DEADLINE).toBe('succeeded');
    for (const [packed, solo] of [
      [first, alone],
      [second, aloneToo],
      [late, aloneLate],
    ] as const) {
      expect(await finalTensors(packed)).toEqual(await finalTensors(solo));
      expect(await curveOf(packed)).toEqual(await curveOf(solo));
    }
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
  }, 90_000);

  it('a slot whose trainers die before they take a run says that it is unwell, and its runs train elsewhere', async () => {
    const plugins = path.join(folder, 'fatal-plugins');
    mkdirSync(plugins);
    writeFileSync(
      path.join(plugins, 'fatal.mjs'),
      `export const noiseLaws = [{ name: 'fatal', doc: 'Shares as they are.', place: (shares) => shares }];
       process.prependListener('message', ({ kind }) => kind === 'train' && process.kill(process.pid, 'SIGSEGV'));`,
    );
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const run = await submit({ images: 2_000 }, 51);
    const by = { GANSWEEP_BACKEND: 'wasm', TEST_PACK_SIZE: '1' };
    const broken = startWorkerProcess(1, { ...by, GANSWEEP_PLUGINS: plugins, GANSWEEP_POLL_MS: '2000' });
    await expect
      .poll(async () => (await store.read.listWorkers())[0]?.unwell, DEADLINE)
      .toEqual([{ slot: 0, because: '2 trainers in a row died before they took a run: the trainer died of SIGSEGV' }]);
    startWorkerProcess(1, by);
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const { rows } = await sql.query<{ as: string; because: string | null }>(
      'SELECT a.ended_as AS as, a.failure_message AS because FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch',
      [run],
    );
    expect(rows.slice(0, 2)).toEqual(Array(2).fill({ as: 'released', because: 'the trainer died of SIGSEGV' }));
    broken.kill('SIGTERM');
    expect(await once(broken, 'exit')).toEqual([0, null]);
  }, 60_000);

  it('trains a fused pack whose lanes diverge, are cancelled and pruned, and whose trainer is killed, as if each run were alone', async () => {
    // By the reference executor, whose lanes are those of solo runs to the last bit.
    const shared = { images: 12_000, batch: 8, widthG: 4, widthD: 4, nz: 6 };
    const own = { ...shared, lrG: 3e-4, noise: 'uniform' } as const;
    const [first, second] = [await submit(shared, 41), await submit(own, 42)];
    const mad = await submit({ ...shared, lrG: 1e30, lrD: 1e30 }, 43);
    const [unwanted, poor] = [await submit(shared, 44), await submit(shared, 45)];
    const late = await submit({ ...shared, beta1: 0 }, 46);
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const by = { GANSWEEP_BACKEND: 'reference' };
    const worker = startWorkerProcess(1, { ...by, TEST_PACK_SIZE: '5', TEST_FUSED_LANES: '8' });
    await expect.poll(() => imagesOf(first), DEADLINE).toBeGreaterThan(0);
    expect(await store.sweeps.cancelRun(unwanted)).toBe('ok');
    await sql.query("UPDATE run SET prune_requested = true WHERE uid = $1 AND state = 'running'", [poor]);
    await expect.poll(() => stateOf(unwanted), DEADLINE).toBe('cancelled');
    await expect.poll(() => stateOf(poor), DEADLINE).toBe('pruned');
    await expect.poll(() => stateOf(mad), DEADLINE).toBe('diverged');
    // Their places in the call are taken by the next one in line.
    await expect.poll(() => checkpointsOf(late), DEADLINE).toBeGreaterThan(0);
    for (const run of [first, second, late]) expect(await rowOf(run)).toMatchObject({ state: 'running', epoch: 1 });
    process.kill(trainersOf(worker)[0] as number, 'SIGKILL');
    for (const run of [first, second, late]) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const attempts = await sql.query<{ device: string; resumed: boolean }>(
      `SELECT a.backend_device AS device, a.resume_images > 0 AS resumed
       FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = ANY ($1) ORDER BY a.epoch, r.id`,
      [[first, second, late]],
    );
    const device = 'float64, packs of up to 8';
    const [before, after] = [
      { device, resumed: false },
      { device, resumed: true },
    ];
    expect(attempts.rows).toEqual([before, before, before, after, after, after]);
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
    // The same runs again, each by a program of its own.
    const solo = startWorkerProcess(2, { ...by, TEST_PACK_SIZE: '1' });
    const alone = [await submit(shared, 41), await submit(own, 42), await submit({ ...shared, beta1: 0 }, 46)];
    for (const run of alone) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    for (const [i, run] of [first, second, late].entries()) {
      expect(await finalTensors(run)).toEqual(await finalTensors(alone[i] as RunId));
      expect(await curveOf(run)).toEqual(await curveOf(alone[i] as RunId));
    }
    solo.kill('SIGTERM');
    expect(await once(solo, 'exit')).toEqual([0, null]);
  }, 90_000);
});
