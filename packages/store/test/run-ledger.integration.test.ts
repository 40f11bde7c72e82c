import { createStore } from '@gansweep/store';
import { createTestDatabase, describeRunLedger } from '@gansweep/testkit';

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
