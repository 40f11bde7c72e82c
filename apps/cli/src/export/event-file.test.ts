import { describe, expect, it } from 'vitest';
import { crc32c, eventFile } from './event-file.ts';

/** `tf.io.TFRecordWriter` of TensorFlow 2.21 on the serialised events. */
const WRITTEN_BY_TENSORFLOW = {
  version: '1800000000000000a37f4b22090000000000448f401a0d627261696e2e4576656e743a32aba33345',
  scalar: '1c00000000000000c8c1951d090000000000448f401080052a0e0a0c0a056c6f737344150000c03f0eed6d31',
};

describe('event files of TensorBoard', () => {
  it('have the checksums of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it('are, byte by byte, what TensorFlow writes', () => {
    const { version, scalar } = WRITTEN_BY_TENSORFLOW;
    expect(Buffer.from(eventFile([{ tag: 'lossD', step: 640, value: 1.5 }], 1_000.5)).toString('hex')).toBe(
      version + scalar,
    );
  });
});
