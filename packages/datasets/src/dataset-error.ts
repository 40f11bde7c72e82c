import type { DatasetId } from '@gansweep/domain';

/** A data set that cannot be used here. The message is one line for a person: what is wrong and how to mend it. */
export class DatasetError extends Error {
  readonly dataset: DatasetId;

  constructor(dataset: DatasetId, message: string, options?: ErrorOptions) {
    super(`data set ${dataset}: ${message}`, options);
    this.name = 'DatasetError';
    this.dataset = dataset;
  }
}
