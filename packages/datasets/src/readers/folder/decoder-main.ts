import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { decodePicture } from '../pictures/decode-picture.ts';
import { BadPicture } from '../pictures/picture.ts';
import { squareOf } from '../pictures/square-of.ts';
import type { DecodeAnswer, DecoderNews, DecoderOrder, DecoderSettings } from './decoder-messages.ts';
import { readInside } from './read-inside.ts';

/** A process that decodes pictures, so that a file made to hurt ends this one and no other. */
let settings: DecoderSettings | null = null;
let tail: Promise<void> = Promise.resolve();

try {
  // Where memory runs out, the kernel takes this process first.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Only Linux has it.
}

process.on('message', (order: DecoderOrder) => {
  if (order.kind === 'settings') {
    settings = order.settings;
    tell({ kind: 'ready' });
    return;
  }
  const { file } = order;
  tail = tail.then(() => answerOf(file)).then((answer) => tell({ kind: 'answer', answer }));
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit(0));

function tell(news: DecoderNews): void {
  process.send?.(news);
}

async function answerOf(file: string): Promise<DecodeAnswer> {
  if (settings === null) throw new Error('a file before the settings');
  try {
    const bytes = readInside(settings.root, file);
    const picture = await decodePicture(bytes);
    const pixels = squareOf(picture, settings);
    return {
      kind: 'prepared',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      width: picture.width,
      height: picture.height,
      spread: spreadOf(pixels),
      pixels,
    };
  } catch (error) {
    if (error instanceof BadPicture) return { kind: 'bad', reason: error.message };
    // No memory for it, or a case that the decoder did not think of: this file's fault either way.
    return { kind: 'bad', reason: `it cannot be decoded (${error instanceof Error ? error.name : 'unknown'})` };
  }
}

function spreadOf(pixels: Uint8Array): number {
  let [sum, squares] = [0, 0];
  for (const value of pixels) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / pixels.length;
  return Math.sqrt(Math.max(0, squares / pixels.length - mean * mean));
}
