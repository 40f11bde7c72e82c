import { type FieldKind, type FieldName, type FieldValue, fieldNames, fieldOf, isField } from './fields.ts';
import { nearestName } from './nearest-name.ts';
import { shown } from './spec-problem.ts';

/** Words that set two fields at once, or the one that the optimiser has. They never reach a configuration. */
export const SHORTHANDS = {
  lr: {
    doc: 'Sets lrG and lrD together.',
    kind: { type: 'real', min: 1e-6, max: 1 },
    before: 'lrG',
    sets: ['lrG', 'lrD'],
  },
  momentum: {
    doc: 'Sets beta1 under adam and sgdMomentum under sgd.',
    kind: { type: 'real', min: 0, max: 0.99 },
    before: 'beta1',
    sets: ['beta1', 'sgdMomentum'],
  },
  stepRatio: {
    doc: 'Sets dSteps and gSteps: "2:1" is two updates of D and one of G in an iteration.',
    kind: { type: 'ratio', max: 10 },
    before: 'dSteps',
    sets: ['dSteps', 'gSteps'],
  },
} as const satisfies Record<string, { doc: string; kind: FieldKind; before: FieldName; sets: readonly FieldName[] }>;

export type ShorthandName = keyof typeof SHORTHANDS;
/** What may stand under `parameters`. */
export type ParameterName = FieldName | ShorthandName;
/** Values by parameter name. */
export type Assignment = Readonly<Partial<Record<ParameterName, FieldValue>>>;

export function isShorthand(name: string): name is ShorthandName {
  return Object.hasOwn(SHORTHANDS, name);
}

const SHORTHAND_NAMES = Object.keys(SHORTHANDS) as readonly ShorthandName[];

/** Every parameter in the order of the table of fields, each shorthand before the first field it sets. */
export function parameterNames(): readonly ParameterName[] {
  return fieldNames().flatMap((field) => [
    ...SHORTHAND_NAMES.filter((name) => SHORTHANDS[name].before === field),
    field,
  ]);
}

export interface Parameter {
  readonly name: ParameterName;
  readonly doc: string;
  readonly kind: FieldKind;
}

/** The table that documentation, editors and `gansweep` commands show. */
export function parameters(): readonly Parameter[] {
  return parameterNames().map((name) => {
    const { doc, kind } = isShorthand(name) ? SHORTHANDS[name] : fieldOf(name);
    return { name, doc, kind };
  });
}

export function isParameter(name: string): name is ParameterName {
  return isShorthand(name) || isField(name);
}

export function kindOf(name: ParameterName): FieldKind {
  return isShorthand(name) ? SHORTHANDS[name].kind : fieldOf(name).kind;
}

/** Fields that a parameter may decide. */
export function decides(name: ParameterName): readonly FieldName[] {
  return isShorthand(name) ? SHORTHANDS[name].sets : [name];
}

/** Fields that a parameter's value sets, each in the configurations that have it. */
export function expand(name: ParameterName, value: FieldValue): readonly (readonly [FieldName, FieldValue])[] {
  if (name !== 'stepRatio') return decides(name).map((field) => [field, value]);
  const [dSteps = 0, gSteps = 0] = String(value).split(':').map(Number);
  return [
    ['dSteps', dSteps],
    ['gSteps', gSteps],
  ];
}

/** What a person may write for a kind of value. */
export function expectationOf(kind: FieldKind): string {
  switch (kind.type) {
    case 'choice':
      return `one of ${[...kind.choices, ...(kind.also ? [kind.also.doc] : [])].join(', ')}`;
    case 'integer':
      return `a whole number from ${kind.min} to ${kind.max}`;
    case 'real':
      return `a number from ${kind.min} to ${kind.max}`;
    case 'ratio':
      return `a text like "2:1", both counts from 0 to ${kind.max}`;
  }
}

/** A value in its one form, or what is wrong with it. */
export function readValue(name: ParameterName, raw: unknown): { value: FieldValue } | { problem: string } {
  const kind = kindOf(name);
  const wrong = { problem: `must be ${expectationOf(kind)}, not ${shown(raw)}${hintFor(kind, raw)}` };
  switch (kind.type) {
    case 'choice':
      if (typeof raw === 'string' && kind.also?.pattern.test(raw)) return { value: raw };
      return (kind.choices as readonly unknown[]).includes(raw) ? { value: raw as FieldValue } : wrong;
    case 'integer':
    case 'real':
      if (typeof raw !== 'number' || !(raw >= kind.min && raw <= kind.max)) return wrong;
      if (kind.type === 'integer' && !Number.isInteger(raw)) return wrong;
      return { value: raw === 0 ? 0 : raw };
    case 'ratio': {
      const counts = typeof raw === 'string' ? /^(\d{1,3}):(\d{1,3})$/.exec(raw)?.slice(1).map(Number) : undefined;
      if (counts === undefined || counts.some((count) => count > kind.max)) return wrong;
      return { value: counts.join(':') };
    }
  }
}

/** Why a plugin, or a field of one, may be unknown though its file is there. */
export const HOW_PLUGINS_ARE_KNOWN =
  'plugins are known where GANSWEEP_PLUGINS names their folder: to this command, to the API and to every worker';

function hintFor(kind: FieldKind, raw: unknown): string {
  if (typeof raw !== 'string') return '';
  if (
    kind.type === 'choice' &&
    raw.startsWith('plugin:') &&
    !kind.choices.some((one) => String(one).startsWith('plugin:'))
  )
    return `; ${HOW_PLUGINS_ARE_KNOWN}`;
  if (kind.type === 'choice' && kind.choices.length > 1)
    return `; did you mean ${nearestName(raw, kind.choices.map(String))}?`;
  return kind.type !== 'ratio' && raw.trim() !== '' && Number.isFinite(Number(raw)) ? ': take the quotes off' : '';
}
