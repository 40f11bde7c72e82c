import { ROUTES } from '@gansweep/contract';
import type { ForeignGenerator, ProtocolId } from '@gansweep/domain';
import { generatorsBeside } from '@gansweep/orchestrator';
import { Problem } from '../problems.ts';
import { type ApiDeps, answer, type Handlers } from './handler.ts';
import { pageOfAll } from './page-of-all.ts';
import { parsedBody } from './parsed-body.ts';

type Names =
  | 'listGenerators'
  | 'registerGenerator'
  | 'getGenerator'
  | 'scoreGenerator'
  | 'removeGenerator'
  | 'compareGenerators';

export function generatorHandlers({ store }: ApiDeps): Handlers<Names> {
  const { generators, read } = store;
  return {
    listGenerators: async ({ query }) => answer(pageOfAll(await generators.list(), query)),
    registerGenerator: async ({ text }) => {
      const generator = parsedBody(text, ROUTES.registerGenerator.body, 'the facts of a generator') as ForeignGenerator;
      return answer({ name: generator.name, done: await generators.register(generator) });
    },
    getGenerator: async ({ params }) => {
      const found = (await generators.list()).find(({ name }) => name === params.name);
      if (!found) throw noGenerator();
      return answer(found);
    },
    scoreGenerator: async ({ params, text }) => {
      const { weights, registeredAt = null, evaluations } = parsedBody(text, ROUTES.scoreGenerator.body, 'scores');
      const scored = evaluations.map((one) => ({ ...one, protocol: one.protocol as ProtocolId }));
      if ((await generators.score(params.name, { weights, at: registeredAt }, scored)) === 'not-found')
        throw noGenerator();
      return answer({ name: params.name, evaluations: evaluations.length });
    },
    removeGenerator: async ({ params }) => {
      if ((await generators.remove(params.name)) === 'not-found') throw noGenerator();
      return answer({ name: params.name });
    },
    compareGenerators: async ({ params, query }) => {
      const beside = await generatorsBeside(params.id, { read, generators });
      if (beside === null) throw new Problem('not-found', 'there is no sweep of this id');
      return answer(pageOfAll(beside, query));
    },
  };
}

const noGenerator = (): Problem =>
  new Problem(
    'not-found',
    'no generator of this name, and of these weights, is registered as it was scored: `gansweep generator list` shows those that are, `gansweep generator add` registers one',
  );
