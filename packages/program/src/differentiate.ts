import { add } from './primitives/elementwise.ts';
import { expand } from './primitives/layout.ts';
import { constantOf, type Primitive } from './primitives/primitive.ts';
import { primitiveNamed } from './primitives/table.ts';
import { sameShape } from './shape.ts';
import type { Sym } from './symbolic.ts';

/**
 * Gradients of a scalar by reverse mode. The result is made of the same primitives, so it can be differentiated again.
 * A tensor that does not lead to `of` has gradient zero.
 * @param of symbolic, shape []. @throws Error naming the primitive when a rule is missing.
 */
export function gradients(of: Sym, wrt: readonly Sym[]): Sym[] {
  return gradientsByRules(primitiveNamed, of, wrt);
}

/** `gradients` by another table of rules. */
export function gradientsByRules(
  ruleOf: (primitive: string) => Pick<Primitive, 'vjp'>,
  of: Sym,
  wrt: readonly Sym[],
): Sym[] {
  for (const { dtype, shape } of [of, ...wrt])
    if (dtype !== 'float32') throw new Error(`gradients are of and for float32, not ${dtype} [${shape}]`);
  if (of.shape.length > 0) throw new Error(`gradients are of a scalar, not of shape [${of.shape}]`);
  const targets = new Set(wrt);
  const leads = leadingTo(of, targets, ruleOf);
  const cotangents = new Map<Sym, Sym>([[of, constantOf(of.graph, 1)]]);
  const order = [...leads].sort((a, b) => b.id - a.id);
  for (const node of order) {
    const cotangent = cotangents.get(node);
    if (!cotangent || node.inputs.length === 0) continue;
    const { vjp } = ruleOf(node.primitive);
    if (vjp === 'none') continue;
    const parts = vjp({ node, inputs: node.inputs, cotangent, wanted: (i) => leads.has(node.inputs[i] as Sym) });
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (!leads.has(input)) return;
      // A path that is dropped silently gives a wrong gradient of the right loss.
      if (!part) throw new Error(`${node.primitive} has no gradient rule for operand ${i}`);
      if (!sameShape(part.shape, input.shape))
        throw new Error(
          `${node.primitive}: gradient of shape [${part.shape}] for an operand of shape [${input.shape}]`,
        );
      const before = cotangents.get(input);
      cotangents.set(input, before ? add(before, part) : part);
    });
  }
  return wrt.map((target) => cotangents.get(target) ?? expand(constantOf(of.graph, 0), target.shape));
}

/** Nodes on a path from a target to `of` along which gradients flow. */
function leadingTo(
  of: Sym,
  targets: ReadonlySet<Sym>,
  ruleOf: (primitive: string) => Pick<Primitive, 'vjp'>,
): ReadonlySet<Sym> {
  const answers = new Map<Sym, boolean>();
  const stack: Sym[] = [of];
  while (stack.length > 0) {
    const node = stack.at(-1) as Sym;
    if (answers.has(node)) {
      stack.pop();
      continue;
    }
    const pending = node.inputs.filter((input) => !answers.has(input));
    const flows = node.inputs.length > 0 && ruleOf(node.primitive).vjp !== 'none';
    if (flows && pending.length > 0) {
      stack.push(...pending);
      continue;
    }
    answers.set(node, targets.has(node) || (flows && node.inputs.some((input) => answers.get(input))));
    stack.pop();
  }
  return new Set([...answers].flatMap(([node, leading]) => (leading ? [node] : [])));
}
