import {
  type Configuration,
  classNamesOf,
  err,
  factsOf,
  isConditional,
  isFolderId,
  isPlaneLaw,
  type ModelName,
  modelNames,
  ok,
  pluginsOf,
  type Result,
  VECTOR_LENGTHS,
} from '@gansweep/domain';
import {
  type Condition,
  DEFAULT_MODEL,
  type FieldName,
  type FieldValue,
  fieldNames,
  fieldOf,
  sidesOf,
} from './fields.ts';
import { FUTILITIES, type Futility } from './futile-values.ts';
import { modelDefault } from './model-fields.ts';
import { nearestName } from './nearest-name.ts';
import {
  type Assignment,
  decides,
  expand,
  HOW_PLUGINS_ARE_KNOWN,
  isParameter,
  kindOf,
  type ParameterName,
  parameterNames,
  readValue,
} from './parameters.ts';
import { ProblemList, pathTo, type SpecProblem } from './spec-problem.ts';

/** What a configuration with an assignment's values has, without building it whole. */
export interface Family {
  readonly model: ModelName;
  has(name: FieldName): boolean;
  /** What the field is, given or by default; undefined where the configuration has no such field. */
  fieldValue(name: FieldName): FieldValue | undefined;
}

/** @param assignment checked values; what does not apply is passed over. */
export function familyOf(assignment: Assignment): Family {
  const given = new Map<FieldName, FieldValue>();
  for (const name of Object.keys(assignment) as ParameterName[]) {
    const value = assignment[name];
    if (value !== undefined) for (const [field, set] of expand(name, value)) given.set(field, set);
  }
  const model = (given.get('model') as ModelName | undefined) ?? DEFAULT_MODEL;
  const known = new Map<FieldName, FieldValue | undefined>([['model', model]]);
  const fieldValue = (name: FieldName): FieldValue | undefined => {
    if (!known.has(name)) known.set(name, has(name) ? (given.get(name) ?? defaultIn(name)) : undefined);
    return known.get(name);
  };
  const has = (name: FieldName): boolean => missingFor(name, { model, fieldValue }) === null;
  const defaultIn = (name: FieldName): FieldValue | undefined => {
    const value = modelDefault(model, name);
    if (typeof value !== 'function') return value;
    return value((other) => {
      const followed = fieldValue(other);
      if (followed === undefined) throw new Error(`${name} of ${model} follows ${other}, which ${model} lacks`);
      return followed;
    });
  };
  return { model, has, fieldValue };
}

/** The field that keeps a configuration from having another one: `model`, or one of its conditions; null where it has it. */
function missingFor(name: FieldName, { model, fieldValue }: Pick<Family, 'model' | 'fieldValue'>): FieldName | null {
  if (name !== 'model' && modelDefault(model, name) === undefined) return 'model';
  const unmet = Object.entries(fieldOf(name).where ?? {}).find(
    ([other, condition]) => condition !== undefined && !meets(fieldValue(other as FieldName), condition),
  );
  return unmet === undefined ? null : (unmet[0] as FieldName);
}

/** Whether a field's value is as a condition wants it. */
export function meets(value: FieldValue | undefined, condition: Condition): boolean {
  if ('not' in condition) return value !== condition.not;
  if (value === undefined) return false;
  return 'above' in condition ? typeof value === 'number' && value > condition.above : condition.includes(value);
}

/** Fields whose values decide whether configurations have a field, directly or through one another; `model` apart. */
export function decidersOf(name: FieldName): readonly FieldName[] {
  return (Object.keys(fieldOf(name).where ?? {}) as FieldName[]).flatMap((other) => [other, ...decidersOf(other)]);
}

/** Conditions that fields other than `model` set for a field, of every field. */
export function conditionsOn(name: FieldName): readonly Condition[] {
  return fieldNames().flatMap((other) => {
    const condition = fieldOf(other).where?.[name];
    return condition === undefined ? [] : [condition];
  });
}

/** True where the field's default follows from other fields in some model. */
export function followsOthers(name: FieldName): boolean {
  return modelNames().some((model) => typeof modelDefault(model, name) === 'function');
}

/** True when configurations of the family have something that the parameter sets. */
export function applies(name: ParameterName, family: Family): boolean {
  return decides(name).some((field) => family.has(field));
}

/**
 * A configuration with every default filled in, fields in the order of the table.
 * @param assignment checked values that apply to their family; shorthands never beside what they set.
 */
export function completeConfiguration(assignment: Assignment): Configuration {
  const family = familyOf(assignment);
  const fields: Partial<Record<FieldName, FieldValue>> = {};
  for (const name of fieldNames()) {
    const value = family.fieldValue(name);
    if (value !== undefined) fields[name] = value;
  }
  const plugins = pluginsOf({
    loss: String(fields.loss),
    noise: String(fields.noise),
    dataset: String(fields.dataset),
    model: family.model,
  });
  // The tables have exactly the fields of each configuration (their types), and each value was checked against them.
  const configuration = fields as unknown as Configuration;
  return plugins === undefined ? configuration : { ...configuration, plugins };
}

/** Fields of those named that change nothing beside the values of others. */
function futilitiesIn(named: readonly ParameterName[], family: Family): readonly Futility[] {
  const fields = named.flatMap(decides);
  return FUTILITIES.filter(
    ({ field, where }) =>
      fields.includes(field) &&
      family.has(field) &&
      family.fieldValue(field) !== modelDefault(family.model, field) &&
      (Object.entries(where) as [FieldName, Condition][]).every(([other, condition]) =>
        meets(family.fieldValue(other), condition),
      ),
  );
}

/** What keeps a model from training on a data set, or null. */
export function misfitOf(
  configuration: Pick<Configuration, 'model' | 'dataset'> & {
    resolution?: number;
    progressive?: boolean;
    conditionG?: boolean;
    batch?: number;
    samplesD?: number;
    batchNorm?: boolean;
    layersG?: number;
  },
): {
  readonly field: FieldName;
  readonly message: string;
} | null {
  const { model, dataset, resolution, progressive = false } = configuration;
  const { learns, sizes } = factsOf(model);
  if (learns === 'points') {
    if (!isPlaneLaw(dataset))
      return {
        field: 'dataset',
        message: `${model} learns laws of the plane, not ${dataset}: take ring8 or another law, or model dcgan`,
      };
    const { batch = 1, samplesD = 1, batchNorm = false, layersG = 1 } = configuration;
    if (batch % samplesD !== 0)
      return {
        field: 'samplesD',
        message: `D judges ${samplesD} samples at a time, and a batch has ${batch}: take a multiple of ${samplesD} for batch, or another samplesD`,
      };
    if (batchNorm && layersG === 0)
      return { field: 'batchNorm', message: 'normalises hidden layers of G, and layersG is 0: leave it out' };
    return null;
  }
  if (isPlaneLaw(dataset))
    return { field: 'dataset', message: `${model} learns images, not ${dataset}: take mnist, or model mlp2d` };
  // Which classes a folder has is known where it is registered: `dataProblemOf`.
  const classes: readonly string[] | null = isFolderId(dataset) ? [] : classNamesOf(dataset);
  if (isConditional(configuration) && classes === null && VECTOR_LENGTHS[dataset] === undefined)
    return {
      field: 'dataset',
      message: `${whoIsTold(configuration)}, and ${dataset} has none: take mnist, or ${insteadOfTelling(configuration)}`,
    };
  if (resolution === undefined) return null;
  const sides = sidesOf(dataset);
  if (sides !== null && !sides.includes(resolution))
    return {
      field: 'resolution',
      message: `${dataset} has images of ${sides.join(' or ')} pixels: take that, or leave it out`,
    };
  if (sizes !== null && !sizes.holds(resolution))
    return {
      field: 'resolution',
      message: `${model} has ${sizes.doc} pixels, not ${resolution}: take another resolution, or another model`,
    };
  if (progressive && resolution < 16)
    return {
      field: 'progressive',
      message: `growing begins with images of 8 pixels, and these have ${resolution}: take a resolution of 16 or more, or leave it out`,
    };
  return null;
}

/** The beginning of a sentence about a model that needs classes. */
export function whoIsTold({
  model,
  conditionG = false,
}: Pick<Configuration, 'model'> & { conditionG?: boolean }): string {
  return `${model}${conditionG ? ' with conditionG' : ''} is told classes`;
}

export function insteadOfTelling({ conditionG = false }: { readonly conditionG?: boolean }): string {
  return conditionG ? 'leave conditionG out' : 'another model';
}

/** Checks fields as a person wrote them (shorthands allowed) and fills in the defaults. */
export function resolveConfiguration(
  fields: Readonly<Record<string, unknown>>,
): Result<Configuration, readonly SpecProblem[]> {
  const problems = new ProblemList();
  const assignment: Partial<Record<ParameterName, FieldValue>> = {};
  for (const [name, raw] of Object.entries(fields)) {
    if (!isParameter(name)) {
      problems.add(pathTo('', name), unknownParameter(name));
      continue;
    }
    const read = readValue(name, raw);
    if ('problem' in read) problems.add(name, read.problem);
    else assignment[name] = read.value;
  }
  const names = Object.keys(assignment) as ParameterName[];
  const family = familyOf(assignment);
  for (const name of names) {
    if (!applies(name, family)) problems.add(name, cannotApply(name, [family]));
    const clash = clashOf(name, names);
    if (clash !== null) problems.add(name, clash);
  }
  for (const { field, message } of futilitiesIn(names, family))
    problems.add(names.find((name) => decides(name).includes(field)) ?? field, message);
  if (!problems.isEmpty) return err(problems.all);
  const configuration = completeConfiguration(assignment);
  const misfit = misfitOf(configuration);
  if (misfit !== null) problems.add(misfit.field, misfit.message);
  return problems.isEmpty ? ok(configuration) : err(problems.all);
}

/**
 * A configuration with some fields changed, given as text (`--set lrG=1e-3`). Fields that the change makes meaningless (Adam's
 * under SGD) go, and those that it calls for come with their defaults.
 */
export function configurationWith(
  configuration: Configuration,
  changes: Readonly<Record<string, string>>,
): Result<Configuration, readonly SpecProblem[]> {
  const typed = Object.fromEntries(Object.entries(changes).map(([name, text]) => [name, fieldFromText(name, text)]));
  const family = familyOf({ ...configuration, ...typed } as Assignment);
  const changed = new Set(Object.keys(typed).flatMap((name) => (isParameter(name) ? decides(name) : [])));
  const kept = Object.entries(configuration).filter(([name]) => {
    const field = name as FieldName;
    if (changed.has(field) || !family.has(field) || isFollowing(field, configuration)) return false;
    // Another model has other data and sizes, so its own defaults count.
    return (
      typed.model === undefined ||
      typed.model === configuration.model ||
      isShared(field, [configuration.model, family.model])
    );
  });
  // What decided about a field may have gone itself: bnEps of another model's batchNorm.
  const left = familyOf({ ...Object.fromEntries(kept), ...typed } as Assignment);
  const futile = futilitiesIn(
    kept.map(([name]) => name as FieldName),
    left,
  ).map(({ field }) => field);
  const applying = kept.filter(([name]) => left.has(name as FieldName) && !futile.includes(name as FieldName));
  const resolved = resolveConfiguration({ ...Object.fromEntries(applying), ...typed });
  const { trainer } = configuration;
  return resolved.ok && trainer !== undefined ? ok({ ...resolved.value, trainer }) : resolved;
}

/** True where a field is what it would be if it were left out, by what it follows. */
function isFollowing(name: FieldName, configuration: Configuration): boolean {
  if (!followsOthers(name)) return false;
  const { [name]: value, ...others } = configuration as Assignment;
  return familyOf(others).fieldValue(name) === value;
}

function isShared(name: FieldName, [before, after]: readonly [ModelName, ModelName]): boolean {
  return modelDefault(before, name) === modelDefault(after, name);
}

function fieldFromText(name: string, text: string): FieldValue {
  if (!isParameter(name)) return text;
  const kind = kindOf(name);
  if (kind.type === 'choice' && typeof kind.choices[0] === 'boolean')
    return kind.choices.find((choice) => String(choice) === text) ?? text;
  const isNumeric =
    kind.type === 'integer' || kind.type === 'real' || (kind.type === 'choice' && typeof kind.choices[0] === 'number');
  return isNumeric && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** What others call our parameters, where spelling would not tell. */
const OTHER_NAMES: ReadonlyMap<string, ParameterName> = new Map([
  ['learning_rate', 'lr'],
  ['batch_size', 'batch'],
  ['epochs', 'images'],
  ['steps', 'images'],
  ['iterations', 'images'],
  ['latent_dim', 'nz'],
  ['z_dim', 'nz'],
  ['beta_1', 'beta1'],
]);

export function unknownParameter(name: string): string {
  if (name === 'condition' || name === 'conditions')
    return 'is no parameter: cdcgan and cgan are told what the data set knows of an image, its class or its numbers (fractal), the line of StyleGAN is with conditionG: true, and conditionD says whether D is; pictures as conditions are not supported, since no data set has pairs of pictures and no network here takes one';
  if (name === 'seed') return 'is not a parameter: runs are repeated by "seeds", beside "parameters"';
  if (name.includes('.') && !parameterNames().some((one) => one.includes('.')))
    return `is no parameter: ${HOW_PLUGINS_ARE_KNOWN}`;
  return `is no parameter; did you mean ${OTHER_NAMES.get(name.toLowerCase()) ?? nearestName(name, parameterNames())}?`;
}

/** Why two parameters may not stand together, or null. */
export function clashOf(name: ParameterName, present: readonly ParameterName[]): string | null {
  const sets = decides(name);
  const other = present.find(
    (candidate) => candidate !== name && decides(candidate).some((field) => sets.includes(field)),
  );
  if (other === undefined) return null;
  const shorthand = sets.length > decides(other).length ? name : other;
  const field = shorthand === name ? other : name;
  return `${shorthand} sets ${decides(shorthand).join(' and ')} and may not stand beside ${field}: keep one of the two`;
}

/** Message for a parameter that none of the families uses, or that only some use. @param without those that cannot. */
export function cannotApply(name: ParameterName, without: readonly Family[], isEverywhere = true): string {
  const field = decides(name)[0] ?? 'model';
  // A model that lacks the field says more than what else would have to hold.
  const family = without.find((candidate) => missingFor(field, candidate) === 'model') ?? without[0];
  const missing = family === undefined ? null : missingFor(field, family);
  if (family === undefined || missing === null) throw new Error(`${name} applies wherever it was asked about`);
  const where = `with ${missing} ${family.fieldValue(missing) ?? 'absent'}`;
  const mend = `under "when": [{ if: { ${missing}: ${wanted(field, missing)} }, parameters: { ${name}: … } }]`;
  return isEverywhere
    ? `cannot be used ${where}: take it out, or put it ${mend} once some configurations have that`
    : `cannot be used in the configurations ${where}: put it ${mend}`;
}

function wanted(field: FieldName, missing: FieldName): string {
  const ofModel = fieldOf(field).where?.model;
  if (missing === 'model' && ofModel === undefined)
    return modelNames()
      .filter((model) => modelDefault(model, field) !== undefined)
      .join(' | ');
  const condition = fieldOf(field).where?.[missing] ?? [];
  if ('above' in condition) return `[values above ${condition.above}]`;
  return 'not' in condition ? String(!condition.not) : condition.join(' | ');
}
