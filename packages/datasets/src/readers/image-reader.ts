import { Worker } from 'node:worker_threads';
import type { ImageReader } from '@gansweep/domain';

/** Bytes of a ring, unless more is asked for: some hundred batches of small images. */
const RING_BYTES = 8 * 2 ** 20;
/** Words of a ring's control: images asked for and images read, both since its opening, modulo 2³². */
const ASKED = 0;
const READ = 1;
/** A waiter looks again at least this often, whatever woke it or failed to. */
const LOOK_AGAIN_MS = 1_000;

/** One reader's share of the thread. */
interface Channel {
  /** Images asked for, and how many of them the thread has read. */
  readonly control: Int32Array<SharedArrayBuffer>;
  /** Why there will be no more images, or null. */
  problem: Error | null;
}

interface Thread {
  readonly worker: Worker;
  readonly bell: Int32Array<SharedArrayBuffer>;
  readonly channels: Map<number, Channel>;
  /** Resolves when the thread is gone. */
  readonly gone: Promise<void>;
}

/** The one thread of this process while any reader is open, or null. */
let thread: Thread | null = null;
let threads = 0;
let readers = 0;
let nextId = 0;

/** Threads and readers alive in this process; for tests of ownership. */
export function liveImageReaders(): { readonly threads: number; readonly readers: number } {
  return { threads, readers };
}

/**
 * Opens a reader of an image file: a thread, shared by all readers of this process, reads images by position into a
 * shared ring. The thread starts with the first reader and ends with the last.
 * @param images how many at least can be asked for and not yet taken.
 */
export function openImageReader({
  file,
  imageBytes,
  count,
  images,
}: {
  readonly file: string;
  readonly imageBytes: number;
  /** Images in the file. */
  readonly count: number;
  readonly images: number;
}): ImageReader {
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(images, RING_BYTES / imageBytes, 1)));
  const positionRing = new Uint32Array(new SharedArrayBuffer(4 * capacity));
  const bytes = new Uint8Array(new SharedArrayBuffer(imageBytes * capacity));
  const control = new Int32Array(new SharedArrayBuffer(8));
  thread ??= startThread();
  const own = thread;
  const id = nextId++;
  const channel: Channel = { control, problem: null };
  own.channels.set(id, channel);
  readers += 1;
  own.worker.postMessage({ kind: 'open', id, file, imageBytes, control, positions: positionRing, bytes });
  ring(own);
  let asked = 0;
  let taken = 0;
  let closed = false;
  return {
    capacity,
    ask: (positions) => {
      if (closed) throw new Error('this reader was disposed of');
      if (asked - taken + positions.length > capacity)
        throw new RangeError(`${asked - taken + positions.length} images are more than this reader holds: ${capacity}`);
      for (const position of positions) if (position >= count) throw new RangeError(`image ${position} of ${count}`);
      positions.forEach((position, i) => {
        positionRing[(asked + i) % capacity] = position;
      });
      asked += positions.length;
      Atomics.store(control, ASKED, asked | 0);
      ring(own);
    },
    take: async (out) => {
      if (closed) throw new Error('this reader was disposed of');
      const wanted = out.length / imageBytes;
      if (!Number.isInteger(wanted)) throw new RangeError(`${out.length} bytes are not whole images of ${imageBytes}`);
      if (taken + wanted > asked) throw new RangeError(`${wanted} images wanted, ${asked - taken} asked for`);
      for (;;) {
        if (closed) throw new Error('this reader was disposed of');
        if (channel.problem) throw channel.problem;
        const read = Atomics.load(control, READ);
        if (((read - (taken + wanted)) | 0) >= 0) break;
        const waiting = Atomics.waitAsync(control, READ, read, LOOK_AGAIN_MS);
        if (waiting.async) await waiting.value;
      }
      for (let done = 0; done < wanted; ) {
        const slot = (taken + done) % capacity;
        const part = Math.min(wanted - done, capacity - slot);
        out.set(bytes.subarray(slot * imageBytes, (slot + part) * imageBytes), done * imageBytes);
        done += part;
      }
      taken += wanted;
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      readers -= 1;
      own.channels.delete(id);
      Atomics.notify(control, READ);
      if (own.channels.size > 0) own.worker.postMessage({ kind: 'close', id });
      else {
        if (thread === own) thread = null;
        own.worker.postMessage({ kind: 'end' });
      }
      ring(own);
      if (own.channels.size === 0) await own.gone;
    },
  };
}

function ring({ bell }: Thread): void {
  Atomics.add(bell, 0, 1);
  Atomics.notify(bell, 0);
}

function startThread(): Thread {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  // Without the loaders of this process, which the thread does not need and which take long to start.
  const worker = new Worker(new URL('./gather-thread.mjs', import.meta.url), { workerData: { bell }, execArgv: [] });
  const channels = new Map<number, Channel>();
  const fail = (channel: Channel, message: string): void => {
    channel.problem ??= new Error(message);
    Atomics.notify(channel.control, READ);
  };
  let lastWords = '';
  worker.on('message', ({ id, reason }: { readonly id: number; readonly reason: string }) => {
    const channel = channels.get(id);
    if (channel) fail(channel, `the training images cannot be read: ${reason}; start again to mend the file`);
  });
  worker.on('error', (error) => {
    lastWords = `: ${error instanceof Error ? error.message : String(error)}`;
  });
  threads += 1;
  const gone = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      threads -= 1;
      if (thread?.worker === worker) thread = null;
      for (const channel of channels.values())
        fail(channel, `the thread that reads the training images ended with code ${code}${lastWords}`);
      resolve();
    });
  });
  return { worker, bell, channels, gone };
}
