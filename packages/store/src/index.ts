export { createStore, type Store } from './create-store.ts';
export { type MigrateOptions, MigrationError, type MigrationStatus, migrate, migrationStatus } from './migrate.ts';
