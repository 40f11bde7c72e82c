/** The words on the command line do not fit the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An answer to a person's question that is "no", with the reason. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Something that the command needs is away or broken. */
export class Broken extends Error {
  override readonly name = 'Broken';
}
