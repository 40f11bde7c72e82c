import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { externalsOf } from './emit-passes.ts';
import { type Kernel, type Plan, rootOf, type Value } from './plan.ts';

const BYTES = 4;
/** Buffers begin on cache lines. */
const ALIGNMENT = 64;

/** Where a value's first element lies. */
export type Place =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'scratch'; readonly address: number }
  | { readonly kind: 'state'; readonly name: string; readonly offset: number }
  | { readonly kind: 'input'; readonly name: string; readonly offset: number };

export interface Layout {
  readonly placeOf: (value: Value) => Place;
  readonly isStored: (member: Sym) => boolean;
  /** Bytes of scratch memory, from its start. */
  readonly bytes: number;
  /** What is in scratch memory from the beginning and stays. */
  readonly tables: readonly { readonly start: number; readonly values: Float32Array }[];
}

/** What a kernel reads and writes. */
function valuesOf(kernel: Kernel, plan: Plan): { readonly reads: readonly Value[]; readonly writes: readonly Value[] } {
  const operandsOf = (member: Sym): readonly Sym[] => plan.operands.get(member) ?? member.inputs;
  switch (kernel.kind) {
    case 'loop':
      return { reads: externalsOf(kernel, operandsOf), writes: kernel.members };
    case 'product':
      return { reads: [kernel.left, kernel.right, ...externalsOf(kernel, operandsOf)], writes: kernel.members };
    case 'dots':
      return { reads: [kernel.left, kernel.right], writes: [kernel.node] };
    case 'swap':
      return { reads: [kernel.value.swapped], writes: [kernel.value] };
    case 'column-sum':
    case 'reduce':
      return { reads: kernel.node.inputs, writes: [kernel.node] };
    case 'copy':
      return { reads: [kernel.source], writes: [kernel.target] };
    case 'convert':
      return { reads: [], writes: [kernel.node] };
  }
}

/** Gives every value that outlives its kernel a place; places are used again once nobody reads them any more. */
export function layOut(program: Program, plan: Plan, start: number): Layout {
  /** The value whose memory holds another's, and how many elements in. */
  const ownerOf = (value: Value): { readonly owner: Value; readonly offset: number } => {
    if ('swapped' in value) return { owner: value, offset: 0 };
    const root = rootOf(value, plan.views);
    const home = plan.placed.get(root.of);
    if (!home) return { owner: root.of, offset: root.offset };
    const outer = ownerOf(home.of);
    return { owner: outer.owner, offset: outer.offset + home.offset + root.offset };
  };
  const read = new Set<Value>();
  const first = new Map<Value, number>();
  const last = new Map<Value, number>();
  plan.kernels.forEach((kernel, at) => {
    const { reads, writes } = valuesOf(kernel, plan);
    for (const value of reads) {
      if (!('swapped' in value)) read.add(rootOf(value, plan.views).of);
      last.set(ownerOf(value).owner, at);
    }
    for (const value of writes) {
      const { owner } = ownerOf(value);
      if (!first.has(owner)) first.set(owner, at);
      last.set(owner, Math.max(last.get(owner) ?? at, at));
    }
  });
  const leaving = [...program.outputs.map(({ symbol }) => symbol), ...program.states.map(({ update }) => update)];
  for (const symbol of leaving) {
    read.add(rootOf(symbol, plan.views).of);
    last.set(ownerOf(symbol).owner, Number.POSITIVE_INFINITY);
  }
  const tables = program.nodes.filter(({ primitive }) => primitive === 'table');
  for (const table of tables) last.set(table, Number.POSITIVE_INFINITY);
  // Whatever a view or a concatenation shows was written for it.
  for (const { of } of plan.views.values()) read.add(rootOf(of, plan.views).of);
  const isStored = (member: Sym): boolean => read.has(member) || plan.placed.has(member);

  const addresses = new Map<Value, number>();
  const free: { start: number; bytes: number }[] = [];
  let end = start;
  const bytesOf = (value: Value): number => {
    const shape = 'swapped' in value ? value.swapped.shape : value.shape;
    return Math.ceil((sizeOf(shape) * BYTES) / ALIGNMENT) * ALIGNMENT;
  };
  const allocate = (bytes: number): number => {
    const fits = free.filter((gap) => gap.bytes >= bytes).sort((a, b) => a.bytes - b.bytes)[0];
    if (!fits) {
      end += bytes;
      return end - bytes;
    }
    fits.start += bytes;
    fits.bytes -= bytes;
    return fits.start - bytes;
  };
  const isOwn = (value: Value): boolean =>
    'swapped' in value || !['state', 'input', 'constant'].includes(value.primitive) || value.dtype !== 'float32';
  for (const table of tables) addresses.set(table, allocate(bytesOf(table)));
  plan.kernels.forEach((kernel, at) => {
    for (const value of valuesOf(kernel, plan).writes) {
      const { owner } = ownerOf(value);
      const needed = owner !== value || 'swapped' in owner || isStored(owner) || kernelWritesWhole(kernel);
      if (needed && isOwn(owner) && !addresses.has(owner)) addresses.set(owner, allocate(bytesOf(owner)));
    }
    for (const [owner, address] of addresses)
      if (last.get(owner) === at) {
        free.push({ start: address, bytes: bytesOf(owner) });
        join(free);
      }
  });
  return {
    isStored,
    bytes: end - start,
    tables: tables.map((table) => ({
      start: addresses.get(table) as number,
      values: Float32Array.from(table.attributes.values as readonly number[]),
    })),
    placeOf: (value) => {
      const { owner, offset } = ownerOf(value);
      if (!('swapped' in owner) && owner.primitive === 'constant')
        return { kind: 'constant', value: owner.attributes.value as number };
      if (!('swapped' in owner) && owner.primitive === 'state') return { kind: 'state', name: owner.name, offset };
      const address = addresses.get(owner);
      if (address !== undefined) return { kind: 'scratch', address: address + offset * BYTES };
      if (!('swapped' in owner) && owner.primitive === 'input') return { kind: 'input', name: owner.name, offset };
      throw new Error(`no memory was given to ${'swapped' in owner ? 'a transposed matrix' : owner.primitive}`);
    },
  };
}

/** Passes keep what nobody reads in registers; all others write what they make. */
const kernelWritesWhole = (kernel: Kernel): boolean => kernel.kind !== 'loop' && kernel.kind !== 'product';

function join(free: { start: number; bytes: number }[]): void {
  free.sort((a, b) => a.start - b.start);
  for (let i = free.length - 1; i > 0; i--) {
    const [before, gap] = [free[i - 1], free[i]];
    if (before && gap && before.start + before.bytes === gap.start) {
      before.bytes += gap.bytes;
      free.splice(i, 1);
    }
  }
}
