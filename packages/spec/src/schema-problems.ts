import { z } from 'zod';
import { nearestName } from './nearest-name.ts';
import { type ProblemList, pathTo, shown } from './spec-problem.ts';

/** Parses by a schema and adds each issue as a problem that names the place and the mend. */
export function parseBy<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  at: string,
  problems: ProblemList,
): z.output<Schema> | null {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) describe(issue, schema, value, at, problems);
  return null;
}

/** Keys that many look for in another place than they are. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'budget.images':
    'unknown key: how many images a run sees is a field of its configuration, parameters: { images: { value: 100000 } }; budget has hours, runMinutes',
};

function describe(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, at: string, problems: ProblemList): void {
  const steps = issue.path.filter((step): step is string | number => typeof step !== 'symbol');
  const path = steps.reduce<string>(pathTo, at);
  const found = steps.reduce<unknown>(
    (part, step) => (part as Record<string | number, unknown> | undefined)?.[step],
    value,
  );
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysOf(steps.reduce<z.ZodType | undefined>(below, schema));
      for (const key of issue.keys)
        problems.add(
          pathTo(path, key),
          ELSEWHERE[pathTo(path, key)] ??
            `unknown key; did you mean ${nearestName(key, known)}? Known here: ${known.join(', ')}`,
        );
      return;
    }
    case 'invalid_value': {
      const choices = issue.values.map(String);
      const hint =
        typeof found === 'string' && choices.length > 1 ? `; did you mean ${nearestName(found, choices)}?` : '';
      const missing = found === undefined ? 'is missing: it ' : '';
      problems.add(
        path,
        `${missing}must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}, not ${shown(found)}${hint}`,
      );
      return;
    }
    case 'too_small':
    case 'too_big': {
      const size = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
      const bound =
        issue.code === 'too_small'
          ? `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
          : `at most ${issue.maximum}`;
      problems.add(
        path,
        `must ${size === '' ? 'be' : 'have'} ${bound}${size}${typeof found === 'number' ? `, not ${found}` : ''}`,
      );
      return;
    }
    case 'invalid_type':
      problems.add(
        path,
        found === undefined
          ? `is missing: add it (${nameOf(issue.expected)})`
          : `must be ${nameOf(issue.expected)}, not ${shown(found)}`,
      );
      return;
    case 'invalid_union':
      problems.add(
        path,
        choiceOf(steps.slice(0, -1).reduce<z.ZodType | undefined>(below, schema), found) ?? issue.message,
      );
      return;
    default:
      problems.add(path, issue.message);
  }
}

/** What the key may be that tells the forms of a union apart; null where none does. */
function choiceOf(schema: z.ZodType | undefined, found: unknown): string | null {
  const bare = unwrapped(schema);
  if (!(bare instanceof z.ZodDiscriminatedUnion)) return null;
  const choices = formsOf(bare).flatMap((form) => {
    const told = form.shape[bare.def.discriminator];
    return told instanceof z.ZodLiteral ? [...told.values].map(String) : [];
  });
  return `${found === undefined ? 'is missing: it ' : ''}must be one of ${choices.join(', ')}, not ${shown(found)}`;
}

const formsOf = (union: z.ZodDiscriminatedUnion): readonly z.ZodObject[] =>
  union.options.flatMap((form) => (form instanceof z.ZodObject ? [form] : []));

function nameOf(expected: string): string {
  switch (expected) {
    case 'int':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    default:
      return 'a group of keys';
  }
}

/** The schema of a key or an entry. */
function below(schema: z.ZodType | undefined, step: string | number): z.ZodType | undefined {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodObject && typeof step === 'string') return bare.shape[step] as z.ZodType | undefined;
  return bare instanceof z.ZodArray && typeof step === 'number' ? (bare.element as z.ZodType) : undefined;
}

function keysOf(schema: z.ZodType | undefined): readonly string[] {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodDiscriminatedUnion)
    return [...new Set(formsOf(bare).flatMap((form) => Object.keys(form.shape)))];
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema;
}
