import { ApiProblem } from '@gansweep/contract';
import { ConfigError, EXIT, PluginError } from '@gansweep/runtime';
import { isOutage } from '@gansweep/store/outage';
import { Refused, UsageError } from './failures.ts';

/** One line (or one a problem) for a person. */
export function lineOf(error: unknown): string {
  if (error instanceof ApiProblem) {
    const listed = error.problems.map(({ path, message }) => `\n  ${path || '(the whole spec)'}: ${message}`).join('');
    return `${error.message}${listed}`;
  }
  if (isOutage(error))
    return `the database does not answer (${(error as Error).message || (error as NodeJS.ErrnoException).code}); nothing was lost, start it and try again`;
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
  if (code === 'ENOSPC') return 'the disk is full; free some space and try again, nothing was lost';
  if (code === 'EISDIR') return 'that is a folder, where a file is read or written: give the path of a file';
  if (code === 'ENOENT' || code === 'EACCES') return message.replace(/^[A-Z]+: /, '');
  if (code?.startsWith('ERR_PARSE_ARGS')) return `${message.split('. To specify')[0]} (--help says what fits)`;
  return message.split('\n')[0] ?? message;
}

/** 0 ok, 1 the answer is "no", 2 usage, 3 something is away or broke. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof PluginError) return EXIT.usage;
  if (error instanceof Refused) return EXIT.no;
  if (error instanceof ApiProblem) return error.status >= 500 || error.status === 401 ? EXIT.broken : EXIT.no;
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT' || code === 'EISDIR') return EXIT.usage;
  return EXIT.broken;
}
