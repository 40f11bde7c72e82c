import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLABLE } from './installed-backend.ts';
import { packageOf, placeOfMember, recipeOf } from './recipe.ts';
import { sha256Of } from './wheel/fetch-wheel.ts';

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe.each(INSTALLABLE)('the recipe of %s', (name) => {
  it('names the version that the root manifest has as its optional peer', () => {
    const { package: wanted, lockFolder } = packageOf(name);
    const root = json(path.resolve(import.meta.dirname, '../../../package.json'));
    expect(root.peerDependencies[wanted.name]).toBe(wanted.version);
    expect(root.peerDependenciesMeta[wanted.name]).toEqual({ optional: true });
    expect(json(path.join(lockFolder, 'package-lock.json')).packages[`node_modules/${wanted.name}`].version).toBe(
      wanted.version,
    );
  });

  it('installs packages by their hash, from whatever registry the user has', () => {
    const { packages } = json(path.join(packageOf(name).lockFolder, 'package-lock.json'));
    for (const [place, entry] of Object.entries<{ integrity?: string; resolved?: string }>(packages))
      if (place !== '')
        expect([place, entry.integrity?.slice(0, 7), entry.resolved]).toEqual([place, 'sha512-', undefined]);
  });

  it('has a binding that is the one its table tells of', async () => {
    const recipe = recipeOf(name, 'linux-x64');
    if (!recipe) throw new Error('no recipe');
    expect(await sha256Of(recipe.binding.from)).toBe(recipe.binding.sha256);
    expect(statSync(recipe.binding.from).size).toBe(recipe.binding.size);
  });

  it('places every file below the package, each at a place of its own', () => {
    const recipe = recipeOf(name, 'linux-x64');
    const places = (recipe?.wheels ?? []).flatMap(({ members }) =>
      members.map((member) => placeOfMember(member, recipe as never)),
    );
    expect(new Set(places).size).toBe(places.length);
    for (const place of places)
      expect(place).toMatch(/^node_modules\/@tensorflow\/tfjs-node(-gpu)?\/deps\/(lib|nvidia)\/(?!.*\.\.\/)/);
  });

  it('is none for a platform without a built binding', () => {
    expect(recipeOf(name, 'plan9-mips')).toBeNull();
  });
});
