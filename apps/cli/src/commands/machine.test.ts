import { expect, it } from 'vitest';
import { gain } from './machine.ts';

it('the doctor says what a GPU would gain, how to get it, and what it was not run with', () => {
  const words = 'gansweep backend install tensorflow-gpu (2 GiB to fetch, 4 GiB on disk)';
  const absent = {
    name: 'tensorflow-gpu',
    state: 'absent',
    version: null,
    device: null,
    bytes: null,
    folder: null,
  } as const;
  expect(gain({ ...absent, words }, 'GPU 0: Imaginary')).toEqual([
    {
      what: 'backend tensorflow-gpu',
      state: 'note',
      words: expect.stringMatching(
        /could use the GPU: gansweep backend install .*; run on one kind of GPU so far, .*not with those that it is installed with/,
      ),
    },
  ]);
  expect(gain({ ...absent, words }, null)).toMatchObject([
    { state: 'ok', words: expect.stringMatching(/nothing to gain/) },
  ]);
});
