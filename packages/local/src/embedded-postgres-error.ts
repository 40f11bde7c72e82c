/** Why the embedded PostgreSQL is not available: one line for a person, with the mend. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** Turns what the file system or a PostgreSQL program said into that line; other errors stay as they are. */
export function explain(error: unknown, folder: string): unknown {
  if (error instanceof EmbeddedPostgresError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || /No space left on device/i.test(error.message))
    return new EmbeddedPostgresError(`The disk that holds ${folder} is full: free some space or set GANSWEEP_HOME.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || /Permission denied/i.test(error.message))
    return new EmbeddedPostgresError(`No permission to keep the database in ${folder}: ${firstLine(error.message)}`);
  if (code !== undefined && 'syscall' in error && 'path' in error)
    return new EmbeddedPostgresError(`The database cannot be kept in ${folder}: ${firstLine(error.message)}`);
  return error;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
