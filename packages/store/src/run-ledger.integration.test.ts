import { createTestDatabase, describeRunLedger } from '@gansweep/testkit';
import { createStore } from './create-store.ts';

describeRunLedger('postgres', async () => {
  const database = await createTestDatabase();
  const store = createStore({ databaseUrl: database.url });
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
});
