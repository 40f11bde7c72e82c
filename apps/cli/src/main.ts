import { EXIT } from '@gansweep/runtime';
import { runCommandLine } from './command-line.ts';

// A reader that has seen enough (head, less) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
});
process.exitCode = await runCommandLine(process.argv.slice(2));
// Pools and sockets that a fault left open must not keep the process.
setTimeout(() => process.exit(), 3_000).unref();
