import type { Command } from './command.ts';

/** Every command, in the order of `gansweep help`. Each is loaded when it is asked for, with what it needs. */
export const COMMANDS = {
  up: async () => (await import('./processes.ts')).up,
  demo: async () => (await import('./demo.ts')).demo,
  worker: async () => (await import('./processes.ts')).worker,
  api: async () => (await import('./processes.ts')).api,
  validate: async () => (await import('./specs.ts')).validate,
  preview: async () => (await import('./specs.ts')).preview,
  try: async () => (await import('./try.ts')).tryOut,
  program: async () => (await import('./program.ts')).program,
  submit: async () => (await import('./specs.ts')).submit,
  watch: async () => (await import('./sweeps.ts')).watch,
  list: async () => (await import('./sweeps.ts')).list,
  show: async () => (await import('./runs.ts')).show,
  compare: async () => (await import('./sweeps.ts')).compare,
  curves: async () => (await import('./runs.ts')).curves,
  logs: async () => (await import('./runs.ts')).logs,
  export: async () => (await import('./export.ts')).exportAll,
  generate: async () => (await import('./generate.ts')).generate,
  evaluate: async () => (await import('./evaluate.ts')).evaluate,
  extractor: async () => (await import('./extractor.ts')).extractor,
  generator: async () => (await import('./generator.ts')).generator,
  grow: async () => (await import('./grow.ts')).grow,
  pause: async () => (await import('./sweeps.ts')).pause,
  resume: async () => (await import('./sweeps.ts')).resume,
  cancel: async () => (await import('./runs.ts')).cancel,
  retry: async () => (await import('./runs.ts')).retry,
  delete: async () => (await import('./sweeps.ts')).remove,
  study: async () => (await import('./study.ts')).study,
  doctor: async () => (await import('./machine.ts')).doctor,
  dataset: async () => (await import('./dataset.ts')).dataset,
  backend: async () => (await import('./backend.ts')).backend,
  plugin: async () => (await import('./plugin.ts')).plugin,
  db: async () => (await import('./machine.ts')).db,
} as const satisfies Record<string, () => Promise<Command>>;

export type CommandName = keyof typeof COMMANDS;
