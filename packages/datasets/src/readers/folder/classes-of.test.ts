import { expect, it } from 'vitest';
import { BadClasses, classesByTable } from './classes-of.ts';

it('reads the list of an icon package: a category is a class of one word, variations are of their icon', () => {
  const list = [
    { image: 'a.png', category: 'Food & Drink', name: 'APPLE' },
    { image: 'b.png', category: 'People & Body', skin_variations: { '1F3FB': { image: 'b-1f3fb.png' } } },
    { image: 'c.png', category: 'Flags' },
  ];
  const files = ['a.png', 'b-1f3fb.png', 'b.png'];
  const { names, labelOf } = classesByTable(files, JSON.stringify(list));
  expect(names).toEqual(['food-and-drink', 'people-and-body']);
  expect(files.map(labelOf)).toEqual([0, 1, 1]);
  expect(() => classesByTable(['d.png'], JSON.stringify(list))).toThrow('1 picture without a row');
});

it.each([
  ['[{', /begins as a JSON list and is none/],
  ['[{"image":"a.png"}]', /entry 0 lacks category: each needs both, as texts/],
  ['[1]', /entry 0 lacks image/],
])('refuses %s', (list, message) => {
  expect(() => classesByTable(['a.png'], list)).toThrow(BadClasses);
  expect(() => classesByTable(['a.png'], list)).toThrow(message);
});
