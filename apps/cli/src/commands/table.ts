import { backend } from './backend.ts';
import type { Command } from './command.ts';
import { dataset } from './dataset.ts';
import { demo } from './demo.ts';
import { evaluate } from './evaluate.ts';
import { exportAll } from './export.ts';
import { extractor } from './extractor.ts';
import { generate } from './generate.ts';
import { generator } from './generator.ts';
import { db, doctor } from './machine.ts';
import { plugin } from './plugin.ts';
import { api, up, worker } from './processes.ts';
import { program } from './program.ts';
import { cancel, curves, logs, retry, show } from './runs.ts';
import { preview, submit, tryOut, validate } from './specs.ts';
import { compare, list, pause, remove, resume, watch } from './sweeps.ts';

/** Every command, in the order of `gansweep help`. */
export const COMMANDS = {
  up,
  demo,
  worker,
  api,
  validate,
  preview,
  try: tryOut,
  program,
  submit,
  watch,
  list,
  show,
  compare,
  curves,
  logs,
  export: exportAll,
  generate,
  evaluate,
  extractor,
  generator,
  pause,
  resume,
  cancel,
  retry,
  delete: remove,
  doctor,
  dataset,
  backend,
  plugin,
  db,
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;
