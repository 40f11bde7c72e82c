import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ArtifactStore } from '@gansweep/orchestrator';
import { costOfProgram, type Executor, type Program } from '@gansweep/program';
import { afterAll, describe, expect, it } from 'vitest';
import { type DeviceCosts, measureDeviceCosts } from './device-costs.ts';
import { keptCosts } from './kept-costs.ts';

const MS_PER_NODE = 2e-4;
const MS_PER_FLOP = 1e-8;
const FILE_MS = 3;

/** A device whose clock moves by what it computes alone; fused lanes that are called together pay once for their nodes. */
function playedDevice(lanesPerCall?: number) {
  let now = 0;
  let payer: Program | null = null;
  const executor: Executor = {
    name: 'reference',
    version: '1',
    device: 'played',
    ...(lanesPerCall ? { lanesPerCall } : {}),
    load: async (program) => {
      const { nodes, flopsPerStep } = costOfProgram(program);
      return {
        run: async (_, steps) => {
          if (!lanesPerCall || payer !== program) now += steps * nodes * MS_PER_NODE;
          payer = program;
          await Promise.resolve();
          payer = null;
          now += steps * flopsPerStep * MS_PER_FLOP;
          return {};
        },
        readState: async () => ({}),
        readPreviousState: async () => ({}),
        writeState: async () => {},
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
  const files: string[] = [];
  const artifacts: ArtifactStore = {
    write: async (key, { length }) => {
      now += FILE_MS;
      files.push(key);
      return { sha256: '', bytes: length };
    },
    read: async () => null,
    remove: async (key) => void files.splice(files.indexOf(key), 1),
  };
  return { executor, files, tools: { artifacts, scratch: 'probes/1', milliseconds: () => now } };
}

describe('what a device costs', () => {
  it('is told apart into nodes and arithmetic, with the files of an attempt, and leaves no file', async () => {
    const { executor, files, tools } = playedDevice();
    const costs = await measureDeviceCosts(executor, tools);
    expect(costs.dense.msPerNode).toBeCloseTo(MS_PER_NODE, 6);
    expect(costs.dense.msPerFlop / MS_PER_FLOP).toBeCloseTo(1, 3);
    expect(costs.dense.lanes).toEqual([]);
    expect(costs.convolutional).toBeNull();
    expect(costs.attemptMs).toBeGreaterThan(4 * FILE_MS);
    expect(costs.attemptMs).toBeLessThan(4 * FILE_MS + 1);
    expect(files).toEqual([]);
  });

  it('has what fused lanes pay for their nodes, for as many as are fused, and convolutions too', async () => {
    const { executor, tools } = playedDevice(4);
    const { dense, convolutional } = await measureDeviceCosts(executor, tools);
    for (const { lanes } of [dense, convolutional ?? dense])
      expect(lanes.map((one) => [one.lanes, Number(one.times.toFixed(2))])).toEqual([
        [2, 1],
        [4, 1],
      ]);
    expect((convolutional?.msPerFlop ?? 0) / MS_PER_FLOP).toBeCloseTo(1, 3);
  });
});

describe('costs that were measured', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-probes-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const { executor } = playedDevice();
  const costs: DeviceCosts = {
    attemptMs: 5,
    dense: { msPerNode: 1, msPerFlop: 2, lanes: [] },
    convolutional: null,
  };
  let measured = 0;
  const measure = async (): Promise<DeviceCosts> => {
    measured += 1;
    return costs;
  };

  it('are measured once for a device, backend and version', async () => {
    expect(await keptCosts(executor, { folder, measure })).toEqual(costs);
    expect(await keptCosts(executor, { folder, measure })).toEqual(costs);
    expect(measured).toBe(1);
    await keptCosts({ ...executor, version: '2' }, { folder, measure });
    await keptCosts({ ...executor, device: 'gpu' }, { folder, measure });
    expect(measured).toBe(3);
  });

  it('are measured again where their file is damaged, and used where none can be kept', async () => {
    measured = 0;
    for (const name of readdirSync(folder)) writeFileSync(path.join(folder, name), '{"of":');
    expect(await keptCosts(executor, { folder, measure })).toEqual(costs);
    expect(measured).toBe(1);
    const nowhere = path.join(folder, readdirSync(folder)[0] as string, 'below-a-file');
    expect(await keptCosts(executor, { folder: nowhere, measure })).toEqual(costs);
    expect(measured).toBe(2);
  });
});
