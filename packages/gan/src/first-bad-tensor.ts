import type { Configuration } from '@gansweep/domain';
import type { Executor, LoadedProgram } from '@gansweep/program/browser';
import type { TrainedOn } from './iteration/real-input.ts';
import type { IterationInputs } from './iteration-inputs.ts';
import { createDiagnosis } from './step-program.ts';

/**
 * Names the first tensor of a bad iteration that is not finite, in the order of computation: the iteration runs once
 * more, with a flag for every tensor.
 * @param request `training` is the program that diverged and may be spent; `state` is the one before its last call, which
 *   began at iteration `from`; the `good` iterations before the bad one are repeated with the same program.
 * @param outputs of the bad iteration: where another program of the same step stays finite, because it rounds
 *   differently, they name the kind of tensor.
 */
export async function firstBadTensor(request: {
  readonly configuration: Configuration;
  readonly trainedOn: TrainedOn;
  readonly executor: Executor;
  readonly training: LoadedProgram;
  readonly inputs: IterationInputs;
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly from: number;
  readonly good: number;
  readonly outputs: Readonly<Record<string, number>>;
}): Promise<string> {
  const { training, inputs, from, good } = request;
  await training.writeState(request.state);
  if (good > 0) await training.run(inputs.forIterations(from, good), good);
  const { program, names } = createDiagnosis(request.configuration, request.trainedOn);
  await using diagnosis = await request.executor.load(program);
  await diagnosis.writeState(await training.readState());
  const flags = await diagnosis.run(inputs.forIterations(from + good, 1), 1);
  return names.find((_, i) => flags[`finite${i}`]?.[0] !== 1) ?? kindOf(request.outputs);
}

function kindOf(outputs: Readonly<Record<string, number>>): string {
  const bad = (name: string): boolean => name in outputs && !Number.isFinite(outputs[name]);
  for (const side of ['E', 'D', 'G']) {
    if (bad(`loss${side}`)) return `loss${side}`;
    if (bad(`gradNorm${side}`)) return `${side} gradient`;
    if (bad(`check${side}`)) return `${side} weights`;
  }
  throw new Error('asked for the bad tensor of an iteration whose tensors are all finite');
}
