import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@gansweep/testkit';
import pg from 'pg';
import { expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../prisma/functions', import.meta.url));

/** `npx vitest run packages/store/test/functions.integration.test.ts -u` writes them; one that is gone is deleted by hand. */
it('prisma/functions shows every function and view as the newest migration leaves it', async () => {
  await using database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; definition: string }>(`
      SELECT proname AS name, pg_get_functiondef(oid) AS definition
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
      UNION ALL
      SELECT viewname, format(E'CREATE OR REPLACE VIEW %s AS\\n%s\\n', viewname, definition)
        FROM pg_views WHERE schemaname = 'public'
      ORDER BY name`);
    for (const { name, definition } of rows)
      await expect(definition.trimEnd().concat('\n')).toMatchFileSnapshot(`${FOLDER}/${name}.sql`);
    expect((await readdir(FOLDER)).toSorted()).toEqual(
      [...rows.map(({ name }) => `${name}.sql`), 'README.md'].toSorted(),
    );
  } finally {
    await client.end();
  }
});
