import {
  FINDING_NAMES,
  type FindingName,
  isProtocolId,
  isScoreName,
  PLUGIN_METRIC_PATTERN,
  PROTOCOL_IDS,
  PROTOCOL_SCORES,
  type ProtocolId,
  pluginMetricOf,
  REGISTERED_NAME,
  REGISTERED_PROTOCOLS,
  REGISTERED_SCORES,
  type ScoreName,
} from '@gansweep/domain';
import { z } from 'zod';
import type { FieldKind } from './fields.ts';
import { nearestName } from './nearest-name.ts';
import { parameters as allParameters } from './parameters.ts';
import { shown } from './spec-problem.ts';

/** Built so far. Others are known by name and refused as not available yet. */
export const METHODS = ['grid', 'random', 'sobol', 'tpe'] as const;
export const LATER_KEYS = ['initFrom'] as const;

export const RUNS_MAX = 100_000;
const SCORE_NAMES: readonly ScoreName[] = Object.values(PROTOCOL_SCORES).flat();

/** Names of our own, and those of an extractor that somebody registered: `kid-vgg16` beside `kid-lenet`. */
function nameOf<Name extends string>({
  own,
  stems,
  end,
  is,
}: {
  readonly own: readonly Name[];
  readonly stems: readonly string[];
  readonly end: string;
  readonly is: (name: string) => boolean;
}): z.ZodType<Name, Name> {
  const schema = z
    .string()
    .refine(is, {
      error: ({ input }) =>
        pluginProblem(input) ??
        `must be one of ${own.join(', ')}, or as ${stems[0]}-NAME${end} of a registered extractor, not ${shown(input)}; did you mean ${nearestName(String(input), own)}?`,
    })
    .meta({
      anyOf: [
        { enum: own },
        { pattern: `^((${stems.join('|')})-[a-z][a-z0-9]{1,30}|fid|speed-fid)${end}$` },
        { pattern: PLUGIN_METRIC_PATTERN },
      ],
    });
  return schema as unknown as z.ZodType<Name, Name>;
}

function pluginProblem(name: unknown): string | null {
  const found = pluginMetricOf(String(name));
  return typeof found === 'string' ? found : null;
}

export const metricSchema = z.strictObject({
  name: nameOf<ScoreName>({
    own: SCORE_NAMES,
    stems: REGISTERED_SCORES,
    end: '',
    is: isScoreName,
  }).describe('A score that every run of the sweep produces.'),
  goal: z.enum(['minimize', 'maximize']).default('minimize'),
  at: z
    .enum(['last', 'best', 'mean-last-3'])
    .default('last')
    .describe('Which evaluations of a run count: the last, the best one, or the mean of the last three.'),
});

const seedSchema = z.int().min(0);
export const seedCountSchema = z.int().min(1);
/** Two at least, since one says nothing of the noise. */
export const seedRangeSchema = z
  .strictObject({ min: z.int().min(2).max(1_000), max: z.int().min(2).max(1_000) })
  .describe('Every trial has min seeds; those whose order is uncertain get more, up to max.');
export const seedListSchema = z.array(seedSchema).min(1);

const evaluationSchema = z.strictObject({
  every: z
    .int()
    .min(1)
    .max(1e9)
    .optional()
    .describe('Images seen between evaluations; without it a quarter, half, three quarters and the end.'),
  samples: z.int().min(100).max(10_000).default(2_000).describe('Generated and held-out images of an image protocol.'),
  protocols: z
    .array(nameOf<ProtocolId>({ own: PROTOCOL_IDS, stems: REGISTERED_PROTOCOLS, end: '/v1', is: isProtocolId }))
    .min(1)
    .optional()
    .describe('Evaluation protocols; without it the default ones of the data sets.'),
  extractors: z
    .record(z.string().regex(REGISTERED_NAME), z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'))
    .optional()
    .describe('Hashes of the weights of registered extractors; the service fills them in, and refuses others.'),
  plugins: z
    .record(z.string(), z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits'))
    .optional()
    .describe('Hashes of the files of metrics from plugins; the service fills them in, and refuses others.'),
});

const budgetSchema = z.strictObject({
  hours: z
    .number()
    .positive()
    .max(100_000)
    .optional()
    .describe('Hours of one slot that the sweep may cost; then it is paused, once.'),
  runMinutes: z
    .number()
    .positive()
    .max(100_000)
    .optional()
    .describe('Ends a run as succeeded with the scores it has by then.'),
});

const checkpointsSchema = z.strictObject({
  keep: z
    .literal('evaluations')
    .default('evaluations')
    .describe('Full states: the last two and the best; generators: one at each evaluation.'),
});

const trainerSchema = z.strictObject({
  command: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be a name of small letters, digits and hyphens')
    .describe("A program that the workers' owner registered (GANSWEEP_TRAINERS)."),
  files: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits')
    .optional()
    .describe("Hash of the program's files; the service fills it in, and refuses another."),
});

export const searchSchema = z.strictObject({
  startup: z
    .int()
    .min(1)
    .max(RUNS_MAX)
    .default(10)
    .describe('Trials of a Sobol sequence before results decide; all of them end before the first proposal.'),
  parallel: z
    .int()
    .min(1)
    .max(1_000)
    .default(4)
    .describe('Trials under way at once: a proposal knows the results of all before but the last parallel - 1.'),
});

const terminationShape = {
  metric: z
    .string()
    .optional()
    .describe('The score to compare by, lower or higher as in metric; without it the first metric.'),
  goal: z.enum(['minimize', 'maximize']).optional().describe('Needed where metric does not name the score.'),
  min_images: z.int().min(1).describe('Images at the first rung: nobody is set down before.'),
};
const earlyTerminateSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('asha').describe('At each rung about one trial in eta goes on.'),
    ...terminationShape,
    eta: z.int().min(2).max(20).default(3).describe('A rung is eta times as far as the one before.'),
  }),
  z.strictObject({
    type: z
      .literal('median')
      .describe('At each rung a trial goes on that is not worse than the median of those before it.'),
    ...terminationShape,
    min_trials: z.int().min(1).max(1_000).default(5).describe('So many go on at each rung before any is set down.'),
  }),
]);

const onFindingSchema = z.strictObject(
  Object.fromEntries(
    FINDING_NAMES.map((name) => [name, z.enum(['record', 'pause', 'end']).default('record')]),
  ) as Record<FindingName, z.ZodDefault<z.ZodEnum<{ record: 'record'; pause: 'pause'; end: 'end' }>>>,
);

/** Everything but the meaning of `parameters`, `zip`, `exclude`, `when`, `metric` and `seeds`. */
export const documentSchema = z.strictObject({
  version: z.literal(1).default(1),
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u, 'holds a control character: take it out'),
  description: z.string().max(4_096).default(''),
  method: z.enum(METHODS),
  metric: z.unknown().optional(),
  parameters: z.record(z.string(), z.unknown()),
  zip: z.array(z.array(z.string()).min(2)).max(100).default([]),
  exclude: z.array(z.record(z.string(), z.unknown())).max(200).default([]),
  when: z
    .array(z.strictObject({ if: z.record(z.string(), z.unknown()), parameters: z.record(z.string(), z.unknown()) }))
    .max(100)
    .default([]),
  seeds: z.unknown().optional(),
  run_cap: z.int().min(1).max(RUNS_MAX).optional(),
  search: searchSchema.optional(),
  order: z.enum(['shuffled', 'listed']).default('shuffled'),
  reuse: z.boolean().default(true),
  priority: z.int().min(-1_000).max(1_000).default(0),
  evaluation: evaluationSchema.default(evaluationSchema.parse({})),
  budget: budgetSchema.default({}),
  checkpoints: checkpointsSchema.default({ keep: 'evaluations' }),
  trainer: trainerSchema.optional().describe('Who trains instead of gansweep: a registered command.'),
  onFinding: onFindingSchema
    .optional()
    .describe('What a finding does: record (nothing more), pause (the sweep), end (the run, as pruned).'),
  early_terminate: earlyTerminateSchema
    .optional()
    .describe(
      'Trials that fall behind are set down at rungs; those that were never promoted end as pruned with the sweep.',
    ),
});
export type SpecDocument = z.output<typeof documentSchema>;

/**
 * The whole document with every parameter's forms: what editors complete and check by. The parser says more (clashes,
 * sizes, what applies where) and says it better; whatever the parser takes, this takes too.
 */
export function sweepFileSchema() {
  const parameters = z.strictObject(
    Object.fromEntries(
      allParameters().map(({ name, doc, kind }) => [name, parameterSchema(kind).describe(docOf(doc, kind)).optional()]),
    ),
  );
  // Two places share it; the id makes it one definition in the JSON Schema.
  const named = parameters.meta({
    id: 'SweepParameters',
    description: 'What varies and what is fixed; everything left out has its documented default.',
  });
  const values = (schemaOf: (kind: FieldKind) => z.ZodType) =>
    z.strictObject(Object.fromEntries(allParameters().map(({ name, kind }) => [name, schemaOf(kind).optional()])));
  return documentSchema
    .extend({
      name: documentSchema.shape.name.describe('Name of the sweep.'),
      description: documentSchema.shape.description.describe('The question that it asks.'),
      method: z
        .enum(METHODS)
        .describe(
          'grid: every combination; random, sobol: run_cap / seeds trials drawn from the ranges and lists; tpe: as many, proposed from the results of those before.',
        ),
      metric: z
        .union([metricSchema, z.array(metricSchema).min(1)])
        .optional()
        .describe('What makes a trial better; js on laws of the plane and kid-lenet on images when left out.'),
      parameters: named,
      zip: documentSchema.shape.zip.describe('Lists of parameters whose values walk together.'),
      exclude: z
        .array(values(valueSchema))
        .max(200)
        .optional()
        .describe('Configurations to leave out: an entry matches when all its keys are equal.'),
      when: z
        .array(
          z.strictObject({
            if: values((kind) => z.union([valueSchema(kind), z.array(valueSchema(kind)).min(1)])),
            parameters: named,
          }),
        )
        .max(100)
        .optional()
        .describe('Parameters that exist only where a condition holds: all keys equal, a list means any of.'),
      seeds: z
        .union([seedCountSchema, seedListSchema, seedRangeSchema])
        .optional()
        .describe('Runs of a trial: a number n for seeds 1 … n, the list of seeds, or { min, max }.'),
      run_cap: documentSchema.shape.run_cap.describe('Most runs; random, sobol and tpe need it.'),
      search: searchSchema.optional().describe('How tpe searches.'),
      order: documentSchema.shape.order.describe(
        'shuffled gives an early overview; listed keeps the order of the lists.',
      ),
      reuse: documentSchema.shape.reuse.describe('Adopt runs that exist already; false trains new replicas.'),
      priority: documentSchema.shape.priority.describe('Higher goes first.'),
    })
    .meta({ title: 'gansweep sweep', description: 'A sweep of GAN trainings.' });
}

function docOf(doc: string, kind: FieldKind): string {
  switch (kind.type) {
    case 'choice':
      return doc;
    case 'integer':
    case 'real':
      return `${doc} ${kind.type === 'integer' ? 'Whole number' : 'Number'} from ${kind.min} to ${kind.max}.`;
    case 'ratio':
      return `${doc} Counts from 0 to ${kind.max}.`;
  }
}

function valueSchema(kind: FieldKind): z.ZodType {
  switch (kind.type) {
    case 'choice':
      return kind.also
        ? z.union([z.literal([...kind.choices]), z.string().regex(kind.also.pattern)])
        : z.literal([...kind.choices]);
    case 'integer':
      return z.int().min(kind.min).max(kind.max);
    case 'real':
      return z.number().min(kind.min).max(kind.max);
    case 'ratio':
      return z.string().regex(/^\d{1,3}:\d{1,3}$/);
  }
}

function parameterSchema(kind: FieldKind): z.ZodType {
  const value = valueSchema(kind);
  const constant = z.strictObject({ value });
  const listed = z.strictObject({ values: z.array(value).min(1) });
  switch (kind.type) {
    case 'choice':
    case 'ratio':
      return z.union([constant, listed]);
    case 'integer':
      return z.union([
        constant,
        listed,
        z.strictObject({ distribution: z.literal('int_uniform').optional(), min: value, max: value }),
        z.strictObject({ distribution: z.literal('q_uniform'), min: value, max: value, q: z.int().positive() }),
      ]);
    case 'real':
      return z.union([
        constant,
        listed,
        z.strictObject({
          distribution: z.enum(['uniform', 'log_uniform_values', 'int_uniform']).optional(),
          min: value,
          max: value,
        }),
        z.strictObject({ distribution: z.literal('q_uniform'), min: value, max: value, q: z.number().positive() }),
      ]);
  }
}

/** JSON Schema (draft 2020-12) of a sweep file, for editors. */
export function sweepJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(sweepFileSchema(), { io: 'input' }) };
}
