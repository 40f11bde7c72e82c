/** Something could not be fetched; one line for a person, with the mend where there is one. */
export class DownloadError extends Error {
  override readonly name: string = 'DownloadError';
}

/** What came is not what was expected. It is thrown away, never put in place. */
export class IntegrityError extends DownloadError {
  override readonly name: string = 'IntegrityError';
}
