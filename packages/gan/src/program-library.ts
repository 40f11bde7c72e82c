import { type Configuration, shapeKey } from '@gansweep/domain';
import type { Executor, Program } from '@gansweep/program/browser';
import type { SampleShape } from './networks/network.ts';

/** Programs kept for runs to come; a sweep over architectures has more, and traces again. */
const KEPT = 32;

const libraries = new WeakMap<Executor, Map<string, Program>>();

/**
 * The program of a shape, traced once for all runs of an executor that share it: executors know a program again and
 * need not compile it twice. @param kind tells programs of one configuration apart; `holds` names rows that a program holds.
 */
export function programOf(
  kind:
    | 'step'
    | 'generator'
    | 'styledGenerator'
    | 'walkedGenerator'
    | 'shiftedGenerator'
    | 'turnedGenerator'
    | 'critic'
    | 'surface'
    | 'pull'
    | 'encoder'
    | 'r1'
    | 'pathLength',
  executor: Executor,
  {
    configuration,
    shape,
    holds = '',
  }: { readonly configuration: Configuration; readonly shape: SampleShape; readonly holds?: string },
  trace: () => Program,
): Program {
  const library = libraries.get(executor) ?? new Map<string, Program>();
  libraries.set(executor, library);
  const key = `${kind} ${JSON.stringify(shape)} ${shapeKey(configuration)} ${holds}`;
  const program = library.get(key) ?? trace();
  // The one used last goes last.
  library.delete(key);
  library.set(key, program);
  const [oldest] = library.keys();
  if (library.size > KEPT && oldest !== undefined) library.delete(oldest);
  return program;
}
