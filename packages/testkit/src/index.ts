export {
  buildConfiguration,
  buildDigits,
  buildReport,
  buildRuns,
  buildSweep,
  buildWorker,
  defaultsOf,
  newId,
} from './builders.ts';
export { describeRunLedger, type LedgerUnderTest } from './conformance/run-ledger.ts';
export { createEmptyDatabase, createTestDatabase, type TestDatabase } from './test-database.ts';
