/** Writes docs/api.md from the OpenAPI document: `npm run reference -w @gansweep/api`. */
import { writeFileSync } from 'node:fs';
import { apiReference } from '../src/index.ts';

const target = new URL('../../../docs/api.md', import.meta.url);
writeFileSync(target, apiReference());
console.log(target.pathname);
