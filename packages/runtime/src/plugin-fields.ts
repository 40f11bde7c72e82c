import { z } from 'zod';

/** A field of a plugin, made of its zod schema. */
export interface DeclaredField {
  readonly name: string;
  readonly doc: string;
  readonly kind:
    | { readonly type: 'choice'; readonly choices: readonly (string | number | boolean)[] }
    | { readonly type: 'integer' | 'real'; readonly min: number; readonly max: number };
  readonly default: string | number | boolean;
}

const NAME = /^[a-z][A-Za-z0-9]{0,30}$/;
/** Bounds of a number: beyond them float32 has no room for what is made of it. */
const LARGEST = 1e9;

const propertySchema = z.object({
  type: z.enum(['number', 'integer', 'string', 'boolean']).optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
});

/**
 * Fields that a plugin declares with zod, which it is handed: `(z) => ({ gamma: z.number().min(0).max(5).default(2)
 * .describe('…') })`. @returns them, or for a person what is wrong with one.
 */
export function fieldsOf(declare: ((...given: never[]) => unknown) | undefined): readonly DeclaredField[] | string {
  if (declare === undefined) return [];
  try {
    const declared = (declare as (zod: typeof z) => unknown)(z);
    if (typeof declared !== 'object' || declared === null) throw new Error('no fields are returned');
    const properties = z.toJSONSchema(z.object(declared as z.ZodRawShape), { io: 'input' }).properties ?? {};
    const fields: DeclaredField[] = [];
    for (const [name, schema] of Object.entries(properties)) {
      const field = NAME.test(name) ? fieldOf(name, propertySchema.parse(schema)) : 'has letters and digits';
      if (typeof field === 'string') return `field ${name} ${field}`;
      fields.push(field);
    }
    return fields;
  } catch (error) {
    return `its fields are not valid (${error instanceof Error ? error.message : String(error)}): give a function of z that returns z.number(), z.int(), z.enum() or z.boolean() by name`;
  }
}

function fieldOf(name: string, schema: z.output<typeof propertySchema>): DeclaredField | string {
  const { description: doc, default: value } = schema;
  if (value === undefined) return 'has no default: give it .default(…)';
  if (doc === undefined) return 'is not described: give it .describe(…)';
  const kind = kindOf(schema);
  if (typeof kind === 'string') return kind;
  const isInside =
    kind.type === 'choice'
      ? kind.choices.includes(value)
      : typeof value === 'number' &&
        value >= kind.min &&
        value <= kind.max &&
        (kind.type === 'real' || Number.isInteger(value));
  return isInside ? { name, doc, kind, default: value } : `has the default ${value}, which it does not allow`;
}

function kindOf(schema: z.output<typeof propertySchema>): DeclaredField['kind'] | string {
  if (schema.type === 'boolean') return { type: 'choice', choices: [false, true] };
  if (schema.enum !== undefined) return { type: 'choice', choices: schema.enum };
  if (schema.type !== 'number' && schema.type !== 'integer')
    return 'is neither a number nor a choice: make it z.number(), z.int(), z.enum() or z.boolean()';
  const { minimum: min = Number.NEGATIVE_INFINITY, maximum: max = Number.POSITIVE_INFINITY } = schema;
  if (min < -LARGEST || max > LARGEST || schema.exclusiveMinimum !== undefined || schema.exclusiveMaximum !== undefined)
    return `has no bounds: give it .min(…) and .max(…), at most ${LARGEST} in size`;
  return { type: schema.type === 'integer' ? 'integer' : 'real', min, max };
}
