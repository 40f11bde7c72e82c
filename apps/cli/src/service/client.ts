import { type Client, createClient } from '@gansweep/contract';
import { isUuidV7 } from '@gansweep/domain';
import { type Config, readConfig } from '@gansweep/runtime';
import { Refused, UsageError } from '../failures.ts';

/** The service that the environment names, on this machine by default. */
export function serviceClient(config: Config = readConfig(process.env)): {
  readonly client: Client;
  readonly address: string;
} {
  const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`;
  return {
    client: createClient({ baseUrl: address, ...(config.clientToken ? { token: config.clientToken } : {}) }),
    address,
  };
}

/** An id as a person gives it: whole, a sweep's name, or the last six digits that tables show. */
export async function findSweep(client: Client, text: string): Promise<Awaited<ReturnType<Client['getSweep']>>> {
  if (isUuidV7(text)) return client.getSweep({ id: text });
  const { items } = await client.listSweeps({ limit: 500 });
  const matches = items.filter(({ id, name }) => name === text || (id as string).endsWith(text));
  const [newest] = matches;
  if (!newest) throw new Refused(`no sweep is called '${text}' and no id ends so: gansweep list shows them`);
  return client.getSweep({ id: newest.id });
}

export async function findRun(client: Client, text: string): Promise<Awaited<ReturnType<Client['getRun']>>> {
  if (isUuidV7(text)) return client.getRun({ id: text });
  if (text.length < 4) throw new UsageError('give a run’s id, or at least its last four digits');
  for (let cursor: string | undefined; ; ) {
    const page: Awaited<ReturnType<Client['listRuns']>> = await client.listRuns({
      limit: 500,
      ...(cursor ? { cursor } : {}),
    });
    const found = page.items.find(({ id }) => (id as string).endsWith(text));
    if (found) return found;
    if (page.nextCursor === null) throw new Refused(`no run’s id ends with '${text}'`);
    cursor = page.nextCursor;
  }
}

/** Every item of a list, page by page. */
export async function allOf<Item>(
  pageAt: (
    cursor: string | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly nextCursor: string | null }>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await pageAt(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}
