import { format } from 'node:util';
import { vi } from 'vitest';
import { runCommandLine } from '../src/command-line.ts';

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A command as `gansweep` runs it, in this process: what it says and its exit code, without the seconds that a process
 * of its own takes to load. Words that leave something running are for a process.
 */
export async function runHere(
  words: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const [environment, folder] = [process.env, process.cwd()];
  const spies = (['stdout', 'stderr'] as const).flatMap((stream) => [
    vi.spyOn(console, stream === 'stdout' ? 'log' : 'error').mockImplementation((...parts) => {
      said[stream] += `${format(...parts)}\n`;
    }),
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      said[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }),
  ]);
  process.env = { ...environment, ...env };
  process.chdir(cwd);
  try {
    const status = await runCommandLine(words);
    return { status, ...said };
  } finally {
    process.chdir(folder);
    process.env = environment;
    for (const spy of spies) spy.mockRestore();
  }
}
