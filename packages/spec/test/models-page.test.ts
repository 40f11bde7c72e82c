import { existsSync, readFileSync } from 'node:fs';
import { factsOf, type OwnModelName } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { fieldNames } from '../src/fields.ts';
import { MODEL_FIELDS } from '../src/model-fields.ts';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/models.md', root), 'utf8');
const models = Object.keys(MODEL_FIELDS) as OwnModelName[];
const cellsOf = (line: string): readonly string[] => line.split('|').map((cell) => cell.trim());
const tableUnder = (heading: string): readonly (readonly string[])[] =>
  (page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cellsOf);
const isOf = (model: OwnModelName, name: string): boolean => name in MODEL_FIELDS[model];
const shared = (name: string, among: readonly OwnModelName[]): boolean => among.every((model) => isOf(model, name));

it.each(models)(
  'docs/models.md says of %s where its networks are, what it learns, and the fields that are its own',
  (model) => {
    const [, , file = '', learns = '', fields = ''] =
      tableUnder('Which model is where').find(([, first]) => first === `\`${model}\``) ?? [];
    const path = /\(\.\.\/(\S+)\)/.exec(file)?.[1] ?? 'nowhere';
    expect(existsSync(new URL(path, root)), path).toBe(true);
    const { learns: kind, sizes } = factsOf(model);
    expect(learns).toContain(kind === 'points' ? 'points' : sizes?.doc);
    const images = models.filter((one) => factsOf(one).learns === 'images');
    const own = fieldNames().filter(
      (name) =>
        name !== 'model' && isOf(model, name) && !shared(name, models) && !(kind === 'images' && shared(name, images)),
    );
    expect([...fields.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual([...own].sort());
  },
);
