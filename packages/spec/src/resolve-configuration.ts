import { type Configuration, err, isPlaneLaw, type ModelName, ok, type Result } from '@gansweep/domain';
import {
  DEFAULT_MODEL,
  DEFAULT_OPTIMIZER,
  FIELD_NAMES,
  type FieldName,
  type FieldValue,
  fieldOf,
  type OptimizerName,
  RESOLUTIONS,
} from './fields.ts';
import { nearestName } from './nearest-name.ts';
import {
  type Assignment,
  decides,
  expand,
  isParameter,
  kindOf,
  PARAMETER_NAMES,
  type ParameterName,
  readValue,
} from './parameters.ts';
import { ProblemList, pathTo, type SpecProblem } from './spec-problem.ts';

/** The two choices that decide which fields a configuration has. */
export interface Family {
  readonly model: ModelName;
  readonly optimizer: OptimizerName;
}

export function familyOf(assignment: Assignment): Family {
  return {
    model: (assignment.model as ModelName | undefined) ?? DEFAULT_MODEL,
    optimizer: (assignment.optimizer as OptimizerName | undefined) ?? DEFAULT_OPTIMIZER,
  };
}

/** True when configurations of the family have something that the parameter sets. */
export function applies(name: ParameterName, family: Family): boolean {
  return decides(name).some((field) => hasField(field, family));
}

function hasField(name: FieldName, family: Family): boolean {
  const field = fieldOf(name);
  return field.defaults[family.model] !== undefined && (field.optimizer ?? family.optimizer) === family.optimizer;
}

/** Default of a field in a family, or undefined where it has none. */
export function defaultOf(name: FieldName, family: Family): FieldValue | undefined {
  return hasField(name, family) ? fieldOf(name).defaults[family.model] : undefined;
}

/**
 * A configuration with every default filled in, fields in the order of the table.
 * @param assignment checked values that apply to their family; shorthands never beside what they set.
 */
export function completeConfiguration(assignment: Assignment): Configuration {
  const family = familyOf(assignment);
  const set = new Map<FieldName, FieldValue>();
  for (const name of Object.keys(assignment) as ParameterName[]) {
    const value = assignment[name];
    if (value !== undefined)
      for (const [field, fieldValue] of expand(name, value, family.optimizer)) set.set(field, fieldValue);
  }
  const fields: Partial<Record<FieldName, FieldValue>> = {};
  for (const name of FIELD_NAMES) {
    const value = set.get(name) ?? defaultOf(name, family);
    if (value !== undefined) fields[name] = value;
  }
  // The table has exactly the fields of each configuration (a type of `FIELDS`), and each value was checked against it.
  return fields as unknown as Configuration;
}

/** What keeps a model from training on a data set, or null. */
export function misfitOf(configuration: Pick<Configuration, 'model' | 'dataset'> & { resolution?: number }): {
  readonly field: FieldName;
  readonly message: string;
} | null {
  const { model, dataset } = configuration;
  switch (model) {
    case 'mlp2d':
      return isPlaneLaw(dataset)
        ? null
        : {
            field: 'dataset',
            message: `mlp2d learns laws of the plane, not ${dataset}: take ring8 or another law, or model dcgan`,
          };
    case 'dcgan': {
      if (isPlaneLaw(dataset))
        return { field: 'dataset', message: `dcgan learns images, not ${dataset}: take mnist, or model mlp2d` };
      const sides = RESOLUTIONS[dataset];
      return configuration.resolution === undefined || sides.includes(configuration.resolution)
        ? null
        : {
            field: 'resolution',
            message: `${dataset} has images of ${sides.join(' or ')} pixels: take that, or leave it out`,
          };
    }
  }
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
    if (changed.has(field) || !hasField(field, family)) return false;
    // Another model has other data and sizes, so its own defaults count.
    return typed.model === undefined || typed.model === configuration.model || !isModelsOwn(field);
  });
  return resolveConfiguration({ ...Object.fromEntries(kept), ...typed });
}

function isModelsOwn(name: FieldName): boolean {
  const { defaults } = fieldOf(name);
  return defaults.mlp2d !== defaults.dcgan;
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
  if (name === 'seed') return 'is not a parameter: runs are repeated by "seeds", beside "parameters"';
  return `is no parameter; did you mean ${OTHER_NAMES.get(name.toLowerCase()) ?? nearestName(name, PARAMETER_NAMES)}?`;
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
  const field = fieldOf(decides(name)[0] ?? 'model');
  const models = Object.keys(field.defaults);
  const byModel = without.some(({ model }) => field.defaults[model] === undefined);
  const condition = byModel
    ? `{ model: ${models.join(' | ')} }`
    : `{ optimizer: ${field.optimizer ?? DEFAULT_OPTIMIZER} }`;
  const where = byModel ? `with model ${without[0]?.model}` : `with optimizer ${without[0]?.optimizer}`;
  const mend = `under "when": [{ if: ${condition}, parameters: { ${name}: … } }]`;
  return isEverywhere
    ? `cannot be used ${where}: take it out, or put it ${mend} once some configurations have that`
    : `cannot be used in the configurations ${where}: put it ${mend}`;
}
