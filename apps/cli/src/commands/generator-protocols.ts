import {
  asksGenerator,
  asksRun,
  type DatasetId,
  defaultProtocolsFor,
  type ForeignGenerator,
  isDefinedOn,
  isProtocolId,
  type ProtocolId,
  protocolsFor,
} from '@gansweep/domain';
import { UsageError } from '../failures.ts';

/**
 * What a generator that was trained elsewhere is to be scored by; without words, as runs on the data set are.
 * @param words ids of protocols, with commas between. @throws UsageError saying what it cannot be asked, before anything is drawn.
 */
export function generatorProtocols(
  words: string | undefined,
  {
    dataset,
    generator,
  }: { readonly dataset: DatasetId; readonly generator: Pick<ForeignGenerator, 'name' | 'classes'> },
): readonly ProtocolId[] {
  if (words === undefined) return defaultProtocolsFor(dataset);
  const { name, classes } = generator;
  const answered = (id: ProtocolId): boolean =>
    !asksRun(id) && !asksGenerator(id) && (id !== 'conditional-lenet/v1' || classes !== null);
  return words.split(',').map((id) => {
    if (!isProtocolId(id) || !isDefinedOn(id, dataset))
      throw new UsageError(
        `${dataset} has no protocol '${id}': take of ${protocolsFor(dataset).filter(answered).join(', ')}`,
      );
    if (answered(id)) return id;
    if (asksRun(id))
      throw new UsageError(
        `${id} looks at the record or the D of a run, and '${name}' comes without: take it out of --protocols`,
      );
    if (asksGenerator(id))
      throw new UsageError(
        `${id} moves the latent vectors or the input of a generator, and of '${name}' there are samples alone: take it out of --protocols`,
      );
    throw new UsageError(
      `${id} asks whether a generator obeys the class that it is told, and '${name}' is told none: take it out of --protocols, or register it with --classes N`,
    );
  });
}
