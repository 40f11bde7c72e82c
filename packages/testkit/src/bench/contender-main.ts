import { createInterface } from 'node:readline';
import type { Executor } from '@gansweep/program';
import { EXECUTORS, FUSED, GPU, GPU_FUSED, SLOW } from './executors.ts';
import { median } from './medians.ts';
import type { ContenderJob, ContenderNews } from './messages.ts';
import { type OurTraining, openTraining } from './our-training.ts';

/** Our side of a race: reads the job and then orders from standard input, answers on standard output. */
const tell = (news: ContenderNews): boolean => process.stdout.write(`${JSON.stringify(news)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const first = await lines.next();
const job = JSON.parse(first.value ?? 'null') as ContenderJob;
const loading = await load(job).catch((error: unknown) => error as Error);
if (loading instanceof Error) {
  tell({ kind: 'refused', why: loading.message.split('\n')[0] ?? '' });
  process.exit(0);
}
const { executor } = loading;
await using training = loading.training;

await training.call();
// Of the process, whose clock began with it.
const setUpMs = performance.now();
const begun = performance.now();
let calls = 0;
while (calls === 0 || performance.now() - begun < job.roundMs) {
  await training.call();
  calls += 1;
}
const callsPerRound = Math.max(1, Math.round(job.roundMs / ((performance.now() - begun) / calls)));
tell({
  kind: 'ready',
  library: executor.name,
  version: `${executor.version} on ${executor.device}`,
  parameters: training.parameters,
  setUpMs,
});

for await (const order of { [Symbol.asyncIterator]: () => lines }) {
  const [word, count] = order.split(' ');
  if (word === 'round') tell(await round());
  else if (word === 'memory') tell(await memoryOver(Number(count)));
  else throw new Error(`unknown order '${order}'`);
}

/** @throws Error when the executor does not load on this machine, or does not take the program. */
async function load(job: ContenderJob): Promise<{ readonly executor: Executor; readonly training: OurTraining }> {
  const open = EXECUTORS[job.variant] ?? SLOW[job.variant] ?? GPU[job.variant];
  const fuse = FUSED[job.variant] ?? GPU_FUSED[job.variant];
  const executor = await (open?.() ?? fuse?.(job.configurations.length));
  if (!executor) throw new Error(`there is no executor '${job.variant}'`);
  return { executor, training: await openTraining(job, executor) };
}

async function round(): Promise<ContenderNews> {
  const times: number[] = [];
  const inExecutor: number[] = [];
  let finite = true;
  for (let i = 0; i < callsPerRound; i += 1) {
    const start = performance.now();
    const { lossD, lossG, executorMs } = await training.call();
    times.push((performance.now() - start) / job.stepsPerCall);
    inExecutor.push(executorMs / job.stepsPerCall);
    finite &&= Number.isFinite(lossD + lossG);
  }
  return {
    kind: 'round',
    medianMs: median(times),
    bestMs: Math.min(...times),
    executorMs: median(inExecutor),
    steps: callsPerRound * job.stepsPerCall,
    finite,
  };
}

async function memoryOver(steps: number): Promise<ContenderNews> {
  const calls = Math.ceil(steps / job.stepsPerCall);
  const beforeMiB = residentMiB();
  for (let i = 0; i < calls; i += 1) await training.call();
  return { kind: 'memory', steps: calls * job.stepsPerCall, beforeMiB, afterMiB: residentMiB() };
}

function residentMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}
