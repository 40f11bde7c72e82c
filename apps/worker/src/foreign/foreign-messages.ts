import type { DatasetId, FolderVersion, ForeignGenerator, LatentLaw, PixelRange, ProtocolId } from '@gansweep/domain';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import type { BackendName } from '@gansweep/runtime';

/** What a person says of a file where the file does not. */
export interface ForeignDeclared {
  readonly name: string;
  readonly law?: LatentLaw | undefined;
  readonly range?: PixelRange | undefined;
  readonly layout?: 'nchw' | 'nhwc' | undefined;
  /** Classes that it is told of. */
  readonly classes?: number | undefined;
  readonly truncation?: number | undefined;
  /** Names of the inputs and the output, where they are not to be guessed. */
  readonly latentInput?: string | undefined;
  readonly classInput?: string | undefined;
  readonly output?: string | undefined;
}

/** What a foreign generator is scored by. */
export interface ForeignWork {
  readonly generator: ForeignGenerator;
  readonly dataset: DatasetId;
  /** Side of the images, as in a spec; null for points. */
  readonly resolution: number | null;
  /** The registered version, where the data set is a folder. */
  readonly folder: FolderVersion | null;
  readonly protocols: readonly ProtocolId[];
  readonly samples: number;
  /** ISO 8601, for the record. */
  readonly date: string;
}

/** A picture of some samples. */
export interface ForeignSampling {
  readonly generator: ForeignGenerator;
  readonly count: number;
  readonly seed: number;
}

export type ForeignOrder =
  | { readonly kind: 'sample'; readonly sampling: ForeignSampling }
  | { readonly kind: 'inspect'; readonly path: string; readonly declared: ForeignDeclared }
  | {
      readonly kind: 'score';
      readonly work: ForeignWork;
      readonly backend: BackendName;
      readonly backendHome: string;
      readonly datasets: string;
      readonly home: string;
      /** Folder of plugins, which may bring the data set and metrics; null for none. */
      readonly plugins: string | null;
    };

export type ForeignAnswer =
  | { readonly kind: 'inspected'; readonly generator: ForeignGenerator }
  | { readonly kind: 'scored'; readonly records: readonly EvaluationRecord[] }
  | { readonly kind: 'sampled'; readonly png: Uint8Array }
  | { readonly kind: 'refused'; readonly message: string };

/** The file that an order is about. */
export function fileOfOrder(order: ForeignOrder): string {
  switch (order.kind) {
    case 'inspect':
      return order.path;
    case 'sample':
      return order.sampling.generator.path;
    case 'score':
      return order.work.generator.path;
  }
}
