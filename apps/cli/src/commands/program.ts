import { openDataset } from '@gansweep/datasets';
import type { Configuration } from '@gansweep/domain';
import { createStepProgram, networksOf, planTraining, type StepProgram, shapeOf, totalSize } from '@gansweep/gan';
import {
  costOfProgram,
  describeProgram,
  FORESEEN_EXECUTORS,
  memoryOfProgram,
  NotDense,
  type Program,
} from '@gansweep/program';
import { EXIT, readConfig } from '@gansweep/runtime';
import { UsageError } from '../failures.ts';
import { bytes, number } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { localVersionOf } from './dataset.ts';
import { configurationOf, withSpec } from './specs.ts';
import { wordsOf } from './words.ts';

export const program: Command = {
  usage: 'show FILE [--set name=value] [--json]',
  about: "the first configuration's step program: nodes, work, memory",
  details:
    'A line a node, with its shape, bytes and floating-point operations, then the totals; --json gives the totals alone. --set changes a field, again and again (--set batch=128 --set ngf=64).',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { set: { type: 'string', multiple: true }, json: { type: 'boolean' } },
      { names: ['show', 'FILE'] },
    );
    const [verb, spec] = positionals as [string, string];
    if (verb !== 'show') throw new UsageError(`program knows 'show', not '${verb}'`);
    return withSpec(async (file) => {
      const configuration = configurationOf(file, values.set ?? []);
      const { datasets } = readConfig(process.env);
      const version = await localVersionOf(configuration.dataset, datasets);
      const { train, dataHash } = await openDataset(configuration, {
        // What is decoded from a package does not have to be kept to be described.
        folder: configuration.dataset.endsWith('mnist') ? null : datasets,
        version,
        note: (line) => console.error(line),
      });
      const step = createStepProgram(configuration, shapeOf(train));
      const totals = totalsOf(configuration, step);
      if (values.json) console.log(JSON.stringify({ configuration, dataHash, ...totals }, null, 2));
      else console.log(`${describeProgram(step.program)}\n\n${linesOf(totals).join('\n')}`);
      return EXIT.ok;
    })(spec, words);
  },
};

function totalsOf(configuration: Configuration, { program: traced, shape }: StepProgram) {
  const { generator, discriminator } = networksOf(configuration, shape);
  return {
    ...costOfProgram(traced),
    memoryBytes: memoryByExecutor(traced, planTraining(configuration).recordEvery),
    parametersG: totalSize(generator.parameters),
    parametersD: totalSize(discriminator.parameters),
  };
}

/** What the program adds to a process in calls of at most `steps` iterations, by executor; null where it does not run. */
function memoryByExecutor(traced: Program, steps: number): Readonly<Record<string, number | null>> {
  const foreseen = (executor: (typeof FORESEEN_EXECUTORS)[number]): number | null => {
    try {
      return memoryOfProgram(traced, { executor, steps }).total;
    } catch (error) {
      if (error instanceof NotDense) return null;
      throw error;
    }
  };
  return Object.fromEntries(FORESEEN_EXECUTORS.map((executor) => [executor, foreseen(executor)]));
}

function linesOf(totals: ReturnType<typeof totalsOf>): readonly string[] {
  return [
    `nodes            ${totals.nodes}`,
    `work             ${number(totals.flopsPerStep)} flop an iteration`,
    `parameters       ${totals.parametersG} of G, ${totals.parametersD} of D`,
    `state            ${bytes(totals.stateBytes)}`,
    `live at most     ${bytes(totals.peakLiveBytes)}`,
    ...Object.entries(totals.memoryBytes).map(
      ([executor, total]) =>
        `memory           ${total === null ? `– on ${executor}, which does not run it` : `${bytes(total)} on ${executor}, predicted`}`,
    ),
  ];
}
