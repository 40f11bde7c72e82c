import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

/*
 * The thread behind `image-reader.ts`, in plain JavaScript so that it starts at once: it reads images by position from
 * files into shared rings while the thread that trains sits in a native call, and sleeps on the bell otherwise.
 */

/** Images of one channel before the others have their turn. */
const BURST = 32;

/** Rung after every message and every request. */
const bell = workerData.bell;
const channels = new Map();

for (let open = true; open; ) {
  // Looked at before the work: a ring meanwhile ends the sleep at once.
  const heard = Atomics.load(bell, 0);
  let worked = false;
  for (let got = receiveMessageOnPort(parentPort); got; got = receiveMessageOnPort(parentPort)) {
    const { kind, id } = got.message;
    if (kind === 'end') open = false;
    else if (kind === 'open') openChannel(got.message);
    else closeChannel(id);
    worked = true;
  }
  for (const channel of channels.values()) worked = gather(channel) || worked;
  if (open && !worked) Atomics.wait(bell, 0, heard);
}
for (const id of [...channels.keys()]) closeChannel(id);

function openChannel({ id, file, imageBytes, control, positions, bytes }) {
  try {
    channels.set(id, { id, file, imageBytes, control, positions, bytes, descriptor: openSync(file, 'r') });
  } catch (error) {
    parentPort.postMessage({ id, reason: error.message });
  }
}

function closeChannel(id) {
  const channel = channels.get(id);
  if (!channel) return;
  channels.delete(id);
  closeSync(channel.descriptor);
}

/** Reads what was asked for, a burst at most; false where nothing was. Counters wrap around at 2³². */
function gather({ id, file, imageBytes, control, positions, bytes, descriptor }) {
  const asked = Atomics.load(control, 0);
  const before = Atomics.load(control, 1);
  const count = Math.min((asked - before) | 0, BURST);
  if (count === 0) return false;
  for (let i = 0; i < count; i++) {
    const slot = ((before + i) | 0) & (positions.length - 1);
    const position = positions[slot];
    try {
      const read = readSync(descriptor, bytes, slot * imageBytes, imageBytes, position * imageBytes);
      if (read < imageBytes) throw new Error(`${file} ends before image ${position}`);
    } catch (error) {
      closeChannel(id);
      parentPort.postMessage({ id, reason: error.message });
      return true;
    }
  }
  Atomics.store(control, 1, (before + count) | 0);
  Atomics.notify(control, 1);
  return true;
}
