import type { FolderId, FolderVersion } from '@gansweep/domain';
import type { FolderLedger } from '@gansweep/orchestrator';
import { retryOnOutage } from './outage.ts';
import type { Pools } from './pools.ts';

/** Registered folders. */
export function createFolderLedger({ pools }: { pools: Pools }): FolderLedger {
  const { main } = pools;
  return {
    async register(version) {
      const { rows } = await retryOnOutage(() =>
        main.query<{ number: number }>('SELECT folder_register($1, $2, $3) AS number', [
          version.id,
          version.dataHash,
          JSON.stringify(version),
        ]),
      );
      return rows[0]?.number ?? 0;
    },
    async newest(asOf = null) {
      const { rows } = await main.query<{ facts: FolderVersion; version: number; created_at: Date }>(
        `SELECT DISTINCT ON (name) facts, version, created_at FROM folder_version
         WHERE $1::timestamptz IS NULL OR created_at <= $1 ORDER BY name, version DESC`,
        [asOf],
      );
      return rows.map(({ facts, version, created_at }) => ({
        ...facts,
        number: version,
        registeredAt: created_at.toISOString(),
      }));
    },
    async find(id: FolderId, dataHash) {
      const { rows } = await main.query<{ facts: FolderVersion }>(
        'SELECT facts FROM folder_version WHERE name = $1 AND data_hash = $2 ORDER BY version DESC LIMIT 1',
        [id, dataHash],
      );
      return rows[0]?.facts ?? null;
    },
  };
}
