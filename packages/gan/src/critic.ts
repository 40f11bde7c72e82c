import type { Configuration } from '@gansweep/domain';
import { type Executor, type Program, sigmoid, traceProgram } from '@gansweep/program/browser';
import { networksOf } from './networks/networks-of.ts';
import { totalSize, unflatten } from './parameters.ts';
import { programOf } from './program-library.ts';

/** Points of one call of the program. */
const CHUNK = 256;
const PLANE = { kind: 'plane' } as const;

/** A loaded discriminator of the plane that judges by whatever weights it is given. */
export interface Critic extends AsyncDisposable {
  /** σ(D), the probability of being real. @param tensors D's: `pD`. @param points `[n, 2]`. @returns `[n]`. */
  judge(tensors: Readonly<Record<string, Float32Array>>, points: Float32Array): Promise<Float32Array>;
}

export async function loadCritic(configuration: Configuration, executor: Executor): Promise<Critic> {
  const program = programOf('critic', executor, { configuration, shape: PLANE }, () => criticProgram(configuration));
  const loaded = await executor.load(program);
  return {
    judge: async ({ pD }, points) => {
      if (!pD) throw new Error('a critic needs the weights pD');
      await loaded.writeState({ pD });
      const judged = new Float32Array(points.length / 2);
      const chunk = new Float32Array(2 * CHUNK);
      for (let first = 0; first < judged.length; first += CHUNK) {
        const part = points.subarray(2 * first, 2 * (first + CHUNK));
        chunk.set(part);
        const { probabilities } = (await loaded.run({ points: chunk }, 1)) as { probabilities: Float32Array };
        judged.set(probabilities.subarray(0, part.length / 2), first);
      }
      return judged;
    },
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}

/** State `pD`, input `points` `[chunk, 2]`, output `probabilities` `[chunk, 1]`. */
function criticProgram(configuration: Configuration): Program {
  const { discriminator } = networksOf(configuration, PLANE);
  return traceProgram((tracer) => {
    const { output } = discriminator.apply({
      input: tracer.input('points', [CHUNK, 2]),
      parameters: unflatten(tracer.state('pD', [totalSize(discriminator.parameters)]), discriminator.parameters),
      statistics: new Map(),
      mode: 'sample',
      probe: () => {},
    });
    return { outputs: { probabilities: sigmoid(output) } };
  });
}
