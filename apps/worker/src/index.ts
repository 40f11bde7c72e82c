export type { ForeignDeclared } from './foreign/foreign-messages.ts';
export {
  type ForeignLimits,
  ForeignRefused,
  inspectForeignFile,
  sampleForeignFile,
  scoreForeignFile,
} from './foreign/in-own-process.ts';
export { probeBackend } from './probe/probe-backend.ts';
export type { Probe } from './probe/probe-messages.ts';
export { countSlots } from './supervisor/count-slots.ts';
export { NoBackend, type RunningWorker, startWorker, type WorkerDeps } from './supervisor/start-worker.ts';
export { trainHere } from './train-here.ts';
export { BackendUnavailable, chooseExecutor } from './trainer/choose-executor.ts';
export { ExtractorChanged, openRegistered, registeredIn } from './trainer/evaluation/open-registered.ts';
export type { JobEnd, LaneNews } from './trainer/messages.ts';
export { checkPlugins, usePlugins } from './trainer/use-plugins.ts';
export { runWorkerProcess } from './worker-process.ts';
