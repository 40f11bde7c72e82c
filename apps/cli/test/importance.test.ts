import type { ImportanceAnswer } from '@gansweep/contract';
import { EXIT } from '@gansweep/runtime';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { importance } from '../src/commands/importance.ts';

const asked: object[] = [];
const said: string[] = [];
let told: ImportanceAnswer;
vi.mock('../src/service/client.ts', () => ({
  serviceClient: () => ({
    client: {
      weighParameters: async (question: object) => {
        asked.push(question);
        return told;
      },
    },
  }),
  findSweep: async (_client: unknown, text: string) => ({ id: `id of ${text}`, name: text }),
}));
beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  said.length = 0;
});
afterAll(() => {
  vi.restoreAllMocks();
});

const ANSWER: ImportanceAnswer = {
  metric: 'js',
  goal: 'minimize',
  scale: 'linear',
  method: 'fanova',
  because: null,
  trials: 40,
  runs: 80,
  diverged: 1,
  leftOut: 2,
  noise: { std: 0.25, share: 0.1 },
  explained: 0.8,
  parameters: [
    { name: 'nz', share: 0.2, low: 0.1, high: 0.3, marginal: [] },
    { name: 'lr', share: 0.6, low: null, high: null, marginal: [] },
  ],
  interactions: [
    { names: ['nz', 'lr'], share: 0.15, low: 0.05, high: 0.3 },
    { names: ['nz', 'batch'], share: 0.05, low: 0, high: 0.3 },
  ],
  observed: [],
  surface: {
    names: ['lr', 'nz'],
    values: [
      [0.001, 0.01],
      [2, 8],
    ],
    means: [
      [1, 2],
      [3, 4.5],
    ],
  },
};

it('lists parameters by their share, then pairs that are surely there, and says what they rest on', async () => {
  told = ANSWER;
  expect(await importance.run(['balance', '--metric', 'js', '--scale', 'log', '--pair', 'lr,nz'])).toBe(EXIT.ok);
  expect(asked.at(-1)).toEqual({ id: 'id of balance', metric: 'js', scale: 'log', pair: 'lr,nz' });
  const [title = '', shares = '', about = '', surface = ''] = said;
  expect(title).toMatch(/balance: what js depends on \(its logarithm\)/);
  expect(
    shares.split('\n').map((line) => line.split(/ {2,}/).filter((cell) => !/^[█▏▎▍▌▋▊▉░ ·]*$/.test(cell))),
  ).toEqual([
    ['parameter', 'share', '95 % interval'],
    ['lr', '60 %', '–'],
    ['nz', '20 %', '[10 %, 30 %]'],
    ['nz × lr', '15 %', '[5 %, 30 %]'],
  ]);
  expect(about).toMatch(/40 configurations \(80 runs\), by a forest .* 80 %/);
  expect(about).toMatch(/standard deviation 0\.25.*, 10 % of the variance/);
  expect(about).toMatch(/1 diverged run counts[\s\S]*2 ended runs are left out/);
  expect(
    surface
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/)),
  ).toEqual(
    [
      ['lr \\ nz', '2', '8'],
      ['0.001', '1', '2'],
      ['0.01', '3', '4.5'],
    ].map((row, at) =>
      at === 0 ? row : row.map((cell) => expect.stringMatching(new RegExp(`^${cell}0*$|^${cell}\\.0+$`))),
    ),
  );
});

it('answers no where nothing can be said yet, and refuses a scale that there is not', async () => {
  told = {
    ...ANSWER,
    method: null,
    because: 'nothing varies in this sweep',
    parameters: [],
    interactions: [],
    surface: null,
  };
  expect(await importance.run(['balance'])).toBe(EXIT.no);
  expect(asked.at(-1)).toEqual({ id: 'id of balance', scale: 'linear' });
  expect(said.join('\n')).toMatch(/No answer yet: nothing varies in this sweep\./);
  await expect(importance.run(['balance', '--scale', 'square'])).rejects.toThrow(
    '--scale is linear or log, not square',
  );
});
