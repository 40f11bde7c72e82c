export { findBackend, installedBackend } from './find-backend.ts';
export {
  BackendNotInstalled,
  type BackendState,
  INSTALLABLE,
  type InstallableName,
  type InstalledBackend,
} from './installed-backend.ts';
