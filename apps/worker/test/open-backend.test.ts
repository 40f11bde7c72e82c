import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBackend } from '@gansweep/backends';
import { readConfig } from '@gansweep/runtime';
import { buildConfiguration } from '@gansweep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../src/trainer/choose-executor.ts';

let folder: string;
const pathBefore = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gansweep-open-backend-'));
});
afterEach(() => {
  process.env.PATH = pathBefore;
  rmSync(folder, { recursive: true });
});

/** An installation that is complete on the disk, and whose binding is no library. */
function installBrokenGpuBackend(): void {
  const home = path.join(folder, 'tensorflow-gpu');
  mkdirSync(home);
  writeFileSync(path.join(home, 'broken.node'), 'no library');
  const manifest = {
    format: 1,
    name: 'tensorflow-gpu',
    version: '2.20.0',
    packageVersion: '4.22.0',
    from: 'wheel',
    platform: `${process.platform}-${process.arch}`,
    packageFolder: 'package',
    binding: 'broken.node',
    bytes: 10,
    installedAt: '2026-01-01T00:00:00Z',
    files: [{ path: 'broken.node', size: 10 }],
  };
  writeFileSync(path.join(home, 'backend.json'), JSON.stringify(manifest));
}

/** A machine whose driver lists a GPU. */
function pretendGpu(): void {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'nvidia-smi'), '#!/bin/sh\necho "GPU 0: Imaginary (UUID: GPU-0)"\n');
  chmodSync(path.join(bin, 'nvidia-smi'), 0o755);
  process.env.PATH = `${bin}${path.delimiter}${pathBefore}`;
}

describe('opening a backend', () => {
  it('refuses TensorFlow that is not installed, with the command that installs it', async () => {
    await expect(openBackend('tensorflow', { backendHome: folder })).rejects.toThrow(
      /GANSWEEP_BACKEND=tensorflow: tensorflow is not installed in .*; run gansweep backend install tensorflow/,
    );
  });

  it('auto wants the GPU where there is one and what computes on it, and does not hide that it fails', async () => {
    installBrokenGpuBackend();
    pretendGpu();
    await expect(openBackend('auto', { backendHome: folder })).rejects.toThrow(
      /GANSWEEP_BACKEND=tensorflow-gpu: TensorFlow does not load from .*broken\.node/,
    );
  });

  it('lets products round their factors where TF32 is asked for, and nowhere else', async () => {
    installBrokenGpuBackend();
    delete process.env.NVIDIA_TF32_OVERRIDE;
    const asked = openBackend('tensorflow-gpu-tf32', { backendHome: folder });
    await expect(asked).rejects.toThrow(/GANSWEEP_BACKEND=tensorflow-gpu-tf32: TensorFlow does not load/);
    expect(process.env.NVIDIA_TF32_OVERRIDE).toBeUndefined();
    await expect(openBackend('tensorflow-gpu', { backendHome: folder })).rejects.toThrow(/does not load/);
    expect(process.env.NVIDIA_TF32_OVERRIDE).toBe('0');
  });

  it.each([
    ['a GPU without a backend for it', pretendGpu],
    ['a backend for a GPU without one', installBrokenGpuBackend],
  ])('auto trains on the processor with %s', async (_, prepare) => {
    prepare();
    const backend = await openBackend('auto', { backendHome: folder });
    expect(backend.name).toBe('auto (wasm, onnx)');
    expect(backend.executorFor(buildConfiguration({})).name).toBe('wasm');
  });

  const backendHome = readConfig(process.env).backendHome;
  const installed = findBackend('tensorflow', backendHome).kind === 'installed';
  it.skipIf(!installed)(
    'opens TensorFlow on the processor where it is installed, for every configuration',
    async () => {
      const backend = await openBackend('tensorflow', { backendHome });
      expect(backend).toMatchObject({ name: 'tensorflow', device: 'cpu' });
      expect(backend.version).toMatch(/^2\./);
      expect(backend.executorFor(buildConfiguration({})).name).toBe('tensorflow');
    },
  );
});
