export { createStore, type Store } from './create-store.ts';
export { fileArtifacts } from './file-artifacts.ts';
export { type MigrateOptions, MigrationError, type MigrationStatus, migrate, migrationStatus } from './migrate.ts';
export { isOutage } from './outage.ts';
