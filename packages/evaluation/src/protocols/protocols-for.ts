import { type DatasetId, isPlaneLaw, MODE_LAWS, type ProtocolId } from '@gansweep/domain';

/** Protocols that are defined on a data set, in the order of reports. */
export function protocolsFor(dataset: DatasetId): readonly ProtocolId[] {
  if (!isPlaneLaw(dataset)) return ['fd-lenet/v1', 'kid-lenet/v1', 'prdc-lenet/v1'];
  const hasModes = (MODE_LAWS as readonly string[]).includes(dataset);
  return hasModes ? ['density2d/v1', 'modes2d/v1', 'points2d/v1'] : ['density2d/v1', 'points2d/v1'];
}
