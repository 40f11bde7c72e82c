import { EXIT, readConfig, registeredExtractors } from '@gansweep/runtime';
import { COMMANDS, type CommandName } from './commands/table.ts';
import { nearest } from './nearest.ts';

/**
 * `gansweep <command> …`: finds the command, runs it, and turns what went wrong into one line.
 * @returns the exit code of the process.
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  try {
    return await runCommand(words);
  } catch (error) {
    const { exitCodeOf, lineOf } = await import('./ending.ts');
    console.error(`gansweep: ${lineOf(error)}`);
    if (process.env.LOG_LEVEL === 'debug') console.error(error);
    return exitCodeOf(error);
  }
}

async function runCommand(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(await overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (!isCommand(name)) {
    const close = nearest(name, Object.keys(COMMANDS));
    console.error(
      `gansweep: there is no command '${name}'${close ? `; did you mean '${close}'?` : ''} (gansweep help lists them)`,
    );
    return EXIT.usage;
  }
  const command = await COMMANDS[name]();
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(
      `gansweep ${name} ${command.usage}\n\n${command.about}${command.details ? `\n\n${command.details}` : ''}`,
    );
    return EXIT.ok;
  }
  // Tables of a process know what plugins add before anything is read by them.
  if (process.env.GANSWEEP_PLUGINS && name !== 'plugin') {
    const { usePlugins } = await import('@gansweep/worker');
    const { plugins, home } = readConfig(process.env);
    await usePlugins(plugins, registeredExtractors(home));
  }
  return command.run(rest);
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => {
      const { usage, about } = await load();
      return `  ${`${name} ${usage}`.padEnd(46)} ${about}`;
    }),
  );
  return [
    'gansweep <command>: sweeps of GAN trainings',
    '',
    ...lines,
    '',
    'gansweep <command> --help says more. GANSWEEP_PORT and others: docs/operations.md.',
  ].join('\n');
}
