import { err, ok, type Result } from '@gansweep/domain';
import { parseSweepDocument, type SpecProblem, type SweepSpec } from '@gansweep/spec';

/** Programs that the owner of the machines registered as trainers. */
export interface TrainerRegistry {
  readonly names: readonly string[];
  /** Hash of a program's files as they are now, 16 hexadecimal digits. @throws Error where one cannot be read. */
  filesHash(name: string): string;
}

export const NO_TRAINERS: TrainerRegistry = {
  names: [],
  filesHash: (name) => {
    throw new Error(`${name} is not registered`);
  },
};

/**
 * The spec with the hash of its command's files in its document, so that the files are part of every trial's identity;
 * a spec without `trainer` as it is.
 */
export function withTrainerFiles(
  spec: SweepSpec,
  registry: TrainerRegistry,
): Result<SweepSpec, readonly SpecProblem[]> {
  const { trainer } = spec;
  if (trainer === null) return ok(spec);
  const { names } = registry;
  if (!names.includes(trainer.command))
    return err([
      {
        path: 'trainer.command',
        message: `no command ${trainer.command} is registered here: ${names.length === 0 ? 'name it in the file of GANSWEEP_TRAINERS' : `take one of ${names.join(', ')}, or name it in the file of GANSWEEP_TRAINERS`}, on the API and on the workers`,
      },
    ]);
  let files: string;
  try {
    files = registry.filesHash(trainer.command);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err([{ path: 'trainer.command', message: `a file of ${trainer.command} cannot be read here: ${reason}` }]);
  }
  if (trainer.files !== undefined && trainer.files !== files)
    return err([
      {
        path: 'trainer.files',
        message: `${trainer.command} is ${files} here, not ${trainer.files}: its files were changed; leave "files" out to take it as it is`,
      },
    ]);
  return parseSweepDocument({ ...(spec.document as object), trainer: { command: trainer.command, files } });
}
