import type { Configuration } from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import type { IterationInputs } from './iteration-inputs.ts';
import type { SampleShape } from './networks/network.ts';
import { createDiagnosis } from './step-program.ts';

/**
 * Runs the iterations of a diverged call again, with a flag for every tensor, and names the first that is not finite.
 * @param request `state` before the call, which began at iteration `from` and went wrong in its last of `count`.
 */
export async function firstBadTensor(request: {
  readonly configuration: Configuration;
  readonly shape: SampleShape;
  readonly executor: Executor;
  readonly inputs: IterationInputs;
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly from: number;
  readonly count: number;
}): Promise<string> {
  const { program, names } = createDiagnosis(request.configuration, request.shape);
  await using loaded = await request.executor.load(program);
  await loaded.writeState(request.state);
  for (let i = 0; i < request.count; i++) {
    const outputs = await loaded.run(request.inputs.forIterations(request.from + i, 1), 1);
    const bad = names.findIndex((_, position) => outputs[`finite${position}`]?.[0] !== 1);
    if (bad >= 0) return names[bad] as string;
    const overflowed = Object.entries(outputs).find(([, values]) => !Number.isFinite(values[0]));
    if (overflowed) return overflowed[0];
  }
  throw new Error('a diverged call went well when it was run again: the executor is not deterministic');
}
