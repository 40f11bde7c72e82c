import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A trainer whose G makes one point only and whose D always wins, and which goes on until it is stopped. */
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const input = createInterface({ input: process.stdin });
const order = await new Promise((resolve) => input.once('line', (line) => resolve(JSON.parse(line))));
const stopped = new Promise((resolve) => input.once('line', resolve));
const { looksAt, looks, scratch } = order;
const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${looks}, 2), }`.padEnd(117);
const head = Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]), Buffer.from(`${text}\n`)]);
const points = new Uint8Array(new Float32Array(2 * looks).fill(0.5).buffer);

say({ event: 'started', resumedAtImages: 0 });
for (const [i, imagesSeen] of looksAt.slice(0, -1).entries()) {
  say({ event: 'points', imagesSeen, values: { lossD: 1.3 + 0.01 * i, lossG: 0.7, dReal: 0.95, dFake: 0.05 } });
  writeFileSync(path.join(scratch, `${i}.npy`), Buffer.concat([head, points]));
  say({ event: 'sample', imagesSeen, file: `${i}.npy`, shown: false });
}
await stopped;
say({ event: 'ended', imagesSeen: looksAt.at(-2), because: 'stop' });
process.exit(0);
