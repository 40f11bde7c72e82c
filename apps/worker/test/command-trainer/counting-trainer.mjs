import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A trainer that counts: a point every hundred images, whose value depends on all of its steps, and a checkpoint every third. */
const STEP = 100;
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const input = createInterface({ input: process.stdin });
const order = await new Promise((resolve) => input.once('line', (line) => resolve(JSON.parse(line))));
let stop = false;
input.on('line', () => {
  stop = true;
});
input.on('close', () => process.exit(0));

const { configuration, seed, images, evaluateAt, fakes, reals, scratch, resume } = order;
const state = resume ? JSON.parse(readFileSync(resume.file, 'utf8')) : { images: 0, sum: seed };
say({ event: 'started', resumedAtImages: state.images, version: process.version, device: 'counter' });
console.error(`counting from ${state.images}`);

function checkpoint() {
  const file = `${state.images}.json`;
  writeFileSync(path.join(scratch, file), JSON.stringify(state));
  say({ event: 'checkpoint', imagesSeen: state.images, file });
}

while (state.images < images && !stop) {
  await sleep(configuration.lrG === 0.5 ? 30 : 0);
  const before = state.images;
  state.images = Math.min(before + STEP, images);
  state.sum = (state.sum * 31 + state.images) % 1009;
  say({ event: 'points', imagesSeen: state.images, values: { lossD: state.sum / 1009, lossG: 1 } });
  if (evaluateAt.some((at) => at > before && at <= state.images)) {
    // The reals themselves, as many as are asked for: header and rows of the first of them.
    const real = readFileSync(reals);
    const data = real.subarray(10 + real.readUInt16LE(8)).subarray(0, fakes * 8);
    const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${fakes}, 2), }`.padEnd(117);
    const head = Buffer.concat([
      Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
      Buffer.from(`${text}\n`),
    ]);
    const file = `${state.images}.npy`;
    writeFileSync(path.join(scratch, file), Buffer.concat([head, data]));
    say({ event: 'sample', imagesSeen: state.images, file });
    say({ event: 'evaluation', imagesSeen: state.images, fakes: file });
  }
  if ((state.images / STEP) % 3 === 0 && state.images < images) checkpoint();
}
if (stop && state.images < images && (state.images / STEP) % 3 !== 0) checkpoint();
say({ event: 'ended', imagesSeen: state.images, because: state.images < images ? 'stop' : 'images' });
input.close();
