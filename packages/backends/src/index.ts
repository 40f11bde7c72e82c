export { DownloadError, IntegrityError } from './fetch/download-error.ts';
export { findBackend, installedBackend } from './find-backend.ts';
export {
  type InstallPlan,
  installBackend,
  planInstallation,
} from './install/install-backend.ts';
export { InstallError } from './install/install-error.ts';
export type { InstallNews } from './install/install-tools.ts';
export { installUpstream } from './install/install-upstream.ts';
export { removeBackend } from './install/remove-backend.ts';
export {
  BackendNotInstalled,
  type BackendState,
  INSTALLABLE,
  type InstallableName,
  type InstalledBackend,
} from './installed-backend.ts';
export { findIndexUrl, type IndexChoice } from './package-index/index-url.ts';
export { packageOf, recipeOf } from './recipe.ts';
