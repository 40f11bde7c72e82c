/** Writes sweeps/sweep.schema.json from the table of fields: `npm run schema -w @gansweep/spec`. */
import { writeFileSync } from 'node:fs';
import { sweepJsonSchema } from '../src/index.ts';

const target = new URL('../../../sweeps/sweep.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(sweepJsonSchema(), null, 2)}\n`);
console.log(target.pathname);
