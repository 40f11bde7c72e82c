import { matMul, onnxExecutor, referenceExecutor, sizeOf, traceProgram } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { leftInGroup } from '../src/trainer/available-memory.ts';
import { withinMemory } from '../src/trainer/within-memory.ts';

const MIB = 2 ** 20;
/** A result of 64 MiB. */
const large = traceProgram((t) => ({ outputs: { y: matMul(t.input('x', [4096, 1]), t.input('z', [1, 4096])) } }));

describe('an executor within the memory there is', () => {
  it('refuses a program that would not fit, with both figures and what to do', async () => {
    let loaded = 0;
    const executor = { ...(await onnxExecutor()), load: () => Promise.reject(new Error(`load ${++loaded}`)) };
    await expect(withinMemory(executor, () => 48 * MIB).load(large)).rejects.toThrow(
      /needs \d+ MiB of memory on onnx, and 48 MiB are available here; take a smaller batch/,
    );
    const onTensorflow = { ...executor, name: 'tensorflow' as const };
    await expect(withinMemory(onTensorflow, () => 48 * MIB).load(large)).rejects.toThrow(/on tensorflow, and 48 MiB/);
    expect(loaded).toBe(0);
  });

  it('loads one that fits', async () => {
    const small = traceProgram((t) => ({ outputs: { y: matMul(t.input('x', [4, 1]), t.input('z', [1, 4])) } }));
    const executor = withinMemory(referenceExecutor(), () => MIB);
    await using program = await executor.load(small);
    const values = new Float32Array(4).fill(2);
    const { y } = await program.run({ x: values, z: values }, 1);
    expect(y).toHaveLength(sizeOf([4, 4]));
  });

  it('leaves executors alone whose memory nobody foresees', () => {
    const executor = { ...referenceExecutor(), name: 'tensorflow-gpu' as const };
    expect(withinMemory(executor, () => 0)).toBe(executor);
  });
});

describe('memory left in a control group', () => {
  const files: Readonly<Record<string, string>> = {
    'memory.current': '700\n',
    'memory.stat': 'anon 400\ninactive_file 200\nactive_file 50\n',
  };

  it('is the limit less what is used and cannot be given back', () => {
    expect(leftInGroup(1000, (name) => files[name] ?? null)).toBe(550);
    expect(leftInGroup(100, (name) => files[name] ?? null)).toBe(0);
  });

  it('is unlimited where no limit is to be read', () => {
    expect(leftInGroup(0, (name) => files[name] ?? null)).toBe(Number.POSITIVE_INFINITY);
    expect(leftInGroup(1000, () => null)).toBe(Number.POSITIVE_INFINITY);
  });
});
