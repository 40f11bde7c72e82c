// Generates the Prisma client into src/generated when the schema or Prisma's version has changed since the last time.
// Plain Node without dependencies of its own. Prisma wants its downloaded schema engine, which generating never runs:
// pointing the variable at any existing file keeps it from fetching one.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const schema = path.join(root, 'prisma/schema.prisma');
const generated = path.join(root, 'packages/store/src/generated');
const stamp = path.join(generated, 'schema.sha256');
const packageFile = createRequire(import.meta.url).resolve('prisma/package.json');

const wanted = createHash('sha256').update(readFileSync(schema)).update(readFileSync(packageFile)).digest('hex');
const current = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';

if (current !== wanted) {
  const { status, error, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(path.dirname(packageFile), 'build/index.js'), 'generate'],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: packageFile,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
        NO_COLOR: '1',
      },
    },
  );
  if (error || status !== 0) {
    process.stderr.write(`The Prisma client could not be generated:\n${error?.message ?? `${stdout}${stderr}`}\n`);
    process.exit(3);
  }
  // The stamp comes last, by rename: an interrupted run is repeated.
  mkdirSync(generated, { recursive: true });
  writeFileSync(`${stamp}.tmp`, wanted);
  rmSync(stamp, { force: true });
  renameSync(`${stamp}.tmp`, stamp);
}
