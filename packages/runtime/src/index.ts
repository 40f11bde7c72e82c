export {
  BACKENDS,
  type BackendName,
  type Config,
  ConfigError,
  PRODUCTION_TIMERS,
  readConfig,
  type Timers,
} from './config.ts';
export {
  DamagedRegistry,
  EXTRACTOR_RANGES,
  type ExtractorRange,
  extractorRegistry,
  type RegisteredExtractor,
  registeredExtractors,
  writeExtractors,
} from './extractor-registry.ts';
export { createLog, type Log } from './log.ts';
export { loadPlugins, PluginError, type Plugins } from './plugin-files.ts';
export { repeatEvery } from './repeat-every.ts';
export { EXIT, onShutdown, type Shutdown } from './shutdown.ts';
export { type TrainerCommand, type TrainerCommands, trainerFilesHash, trainerRegistry } from './trainer-commands.ts';
