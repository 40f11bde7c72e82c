import { type LoadedProgram, matMul, mean, relu, traceProgram } from '@gansweep/program';
import { chooseExecutor } from '../trainer/choose-executor.ts';
import type { Probe, ProbeAnswer, ProbeOrder } from './probe-messages.ts';

/** Entry of a probe: loads one backend, times one program on it, tells, ends. */
process.title = 'gansweep probe';

process.once('message', (order: ProbeOrder) => {
  void measure(order)
    .then((probe): ProbeAnswer => ({ kind: 'measured', probe }))
    .catch(
      (error): ProbeAnswer => ({ kind: 'unavailable', message: error instanceof Error ? error.message : `${error}` }),
    )
    .then((answer) => process.send?.(answer, () => process.disconnect()));
});

const ROUNDS = 5;

/** A dense layer, 2 · rows · size² operations a step; the best of some calls, as the first ones warm up. */
async function measure({ backend, backendHome }: ProbeOrder): Promise<Probe> {
  const executor = await chooseExecutor(backend, { backendHome });
  const [rows, size, steps] = executor.name === 'reference' ? [16, 64, 2] : [256, 512, 10];
  const program = traceProgram((tracer) => ({
    outputs: { y: mean(relu(matMul(tracer.input('x', [rows, size]), tracer.state('w', [size, size]))), [0, 1]) },
  }));
  await using loaded: LoadedProgram = await executor.load(program);
  const x = new Float32Array(steps * rows * size).fill(0.5);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await loaded.run({ x }, steps);
    best = Math.min(best, performance.now() - began);
  }
  const stepMs = best / steps;
  const { name, version, device } = executor;
  return { name, version, device, stepMs, gflops: (2 * rows * size * size) / stepMs / 1e6 };
}
