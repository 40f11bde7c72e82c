/** A backend cannot be installed or removed here; one line for a person. What was fetched is kept for the next try. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}
