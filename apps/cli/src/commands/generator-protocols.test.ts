import { defaultProtocolsFor, type ForeignGenerator } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { generatorProtocols } from './generator-protocols.ts';

const asked = (
  words: string | undefined,
  classes: ForeignGenerator['classes'] = null,
  dataset: 'mnist' | 'ring8' = 'mnist',
) => generatorProtocols(words, { dataset, generator: { name: 'elsewhere', classes } });

it('scores a generator from elsewhere as runs on the data set are, or by what is named', () => {
  expect(asked(undefined)).toEqual(defaultProtocolsFor('mnist'));
  expect(asked('kid-lenet/v1,swd/v1')).toEqual(['kid-lenet/v1', 'swd/v1']);
  const classes = { input: 'y', form: 'number', type: 'int64', count: 10 } as const;
  expect(asked('conditional-lenet/v1', classes)).toEqual(['conditional-lenet/v1']);
});

it.each([
  ['d-response/v1', "looks at the record or the D of a run, and 'elsewhere' comes without: take it out of --protocols"],
  ['stability/v1', 'looks at the record or the D of a run'],
  ['ppl-pixels/v1', "and of 'elsewhere' there are samples alone: take it out of --protocols"],
  ['midpoints-lenet/v1', 'there are samples alone'],
  ['eq-t/v1', 'moves the latent vectors or the input of a generator'],
  ['eq-r/v1', 'moves the latent vectors or the input of a generator'],
  ['conditional-lenet/v1', "'elsewhere' is told none: take it out of --protocols, or register it with --classes N"],
  ['density2d/v1', "mnist has no protocol 'density2d/v1': take of is-lenet/v1, "],
])('refuses %s before anything is drawn', (id, words) => {
  expect(() => asked(`kid-lenet/v1,${id}`)).toThrow(words);
});

it('refuses the gradient of D on a law of the plane', () => {
  expect(() => asked('d-gradient/v1', null, 'ring8')).toThrow('comes without');
});
