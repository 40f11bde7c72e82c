import type {
  FolderLedger,
  GeneratorLedger,
  NightLedger,
  ReadModel,
  Reconciler,
  RunLedger,
  StoppingLedger,
  SweepLedger,
} from '@gansweep/orchestrator';
import { PrismaPg } from '@prisma/adapter-pg';
import { createFolderLedger } from './folder-ledger.ts';
import { PrismaClient } from './generated/client.ts';
import { createGeneratorLedger } from './generator-ledger.ts';
import { createNightLedger } from './night-ledger.ts';
import { createPools } from './pools.ts';
import { createReadModel } from './read/create-read-model.ts';
import { createReconciler } from './reconciler.ts';
import { createRunLedger } from './run-ledger.ts';
import { createStoppingLedger } from './stopping-ledger.ts';
import { createSweepLedger } from './sweep-ledger.ts';

/** The record: PostgreSQL behind the ports of the orchestrator. */
export interface Store {
  readonly runs: RunLedger;
  readonly sweeps: SweepLedger;
  readonly stopping: StoppingLedger;
  readonly folders: FolderLedger;
  readonly generators: GeneratorLedger;
  readonly nights: NightLedger;
  readonly reconciler: Reconciler;
  readonly read: ReadModel;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Opens a migrated database. Connections are made when they are first needed. */
export function createStore({ databaseUrl }: { databaseUrl: string }): Store {
  const pools = createPools(databaseUrl);
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 3 }) });
  return {
    runs: createRunLedger({ databaseUrl, pools }),
    sweeps: createSweepLedger({ pools, prisma }),
    stopping: createStoppingLedger({ pools }),
    folders: createFolderLedger({ pools }),
    generators: createGeneratorLedger({ pools }),
    nights: createNightLedger({ pools }),
    reconciler: createReconciler({ pools }),
    read: createReadModel({ pool: pools.read, databaseUrl }),
    async close() {
      await Promise.all([pools.close(), prisma.$disconnect()]);
    },
  };
}
