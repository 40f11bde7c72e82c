import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Client, RunAnswer } from '@gansweep/contract';
import { CURVE_NAMES, type CurveName } from '@gansweep/domain';
import { CheckpointError, generatorFunction } from '@gansweep/gan';
import { functionModel, graphModel } from '@gansweep/program';
import { decode } from 'fast-png';
import { Broken, Refused } from '../failures.ts';
import { eventFile, type TaggedValue } from './event-file.ts';

/** Every point of every curve. */
async function pointsOf(client: Client, { id }: RunAnswer): Promise<readonly TaggedPoint[]> {
  const { series } = await client.getCurves({ id, names: CURVE_NAMES.join(','), maxPoints: 0 });
  return CURVE_NAMES.flatMap((name) => {
    const curve = series[name];
    return (curve?.images ?? []).map((images, i) => ({ name, images, value: curve?.value[i] ?? null }));
  });
}

interface TaggedPoint {
  readonly name: CurveName;
  readonly images: number;
  readonly value: number | null;
}

/**
 * Writes a run's curves, scores and grids of samples as an event file of TensorBoard into `folder`; steps are real images
 * seen, and the time of every event is the run's submission, since points carry none.
 */
export async function exportTensorboard(client: Client, run: RunAnswer, folder: string): Promise<string> {
  const submitted = new Date(run.createdAt).getTime() / 1000;
  const curves = (await pointsOf(client, run)).flatMap(({ name, images, value }): TaggedValue[] =>
    value === null ? [] : [{ tag: `curves/${name}`, step: images, value }],
  );
  const scores = (await client.listEvaluations({ id: run.id, limit: 500 })).items.flatMap(({ imagesSeen, scores }) =>
    Object.entries(scores).flatMap(([name, value]): TaggedValue[] =>
      value === null ? [] : [{ tag: `scores/${name}`, step: imagesSeen, value }],
    ),
  );
  const grids: TaggedValue[] = [];
  for (const { imagesSeen } of (await client.listSamples({ id: run.id })).items) {
    const png = await client.getSample({ id: run.id, images: imagesSeen });
    const { width, height } = decode(png);
    grids.push({ tag: 'samples', step: imagesSeen, value: { png, width, height } });
  }
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `events.out.tfevents.${Math.floor(submitted)}.${hostname()}.${run.id}`);
  writeFileSync(file, eventFile([...curves, ...scores, ...grids], submitted));
  return file;
}

/** A run's curves as lines: CSV with a header, or one JSON object a point. */
export async function curveLines(client: Client, run: RunAnswer, format: 'csv' | 'jsonl'): Promise<string> {
  const points = await pointsOf(client, run);
  const lines =
    format === 'csv'
      ? ['name,imagesSeen,value', ...points.map(({ name, images, value }) => `${name},${images},${value ?? ''}`)]
      : points.map(({ name, images, value }) => JSON.stringify({ name, imagesSeen: images, value }));
  return `${lines.join('\n')}\n`;
}

/** Writes the generator that a run kept at `images`, or last, as an ONNX model of `batch` samples a call. */
export async function exportOnnx(
  client: Client,
  run: RunAnswer,
  { images, batch, file }: { readonly images: number | null; readonly batch: number; readonly file: string },
): Promise<void> {
  const { bytes, imagesSeen } = await keptGenerator(client, run, images);
  const { program, tensors, notes } = await Promise.resolve()
    .then(() => generatorFunction(bytes, batch))
    .catch(unusable(run, imagesSeen));
  writeFileSync(file, functionModel(program, tensors, notes));
}

/** Writes the same as a graph model of TensorFlow.js into `folder`: `model.json`, and its weights beside it. */
export async function exportTfjs(
  client: Client,
  run: RunAnswer,
  { images, batch, folder }: { readonly images: number | null; readonly batch: number; readonly folder: string },
): Promise<void> {
  const { bytes, imagesSeen } = await keptGenerator(client, run, images);
  const { program, tensors } = await Promise.resolve()
    .then(() => generatorFunction(bytes, batch))
    .catch(unusable(run, imagesSeen));
  const { json, shards } = graphModel(program, tensors);
  mkdirSync(folder, { recursive: true });
  for (const shard of shards) writeFileSync(path.join(folder, shard.path), shard.bytes);
  writeFileSync(path.join(folder, 'model.json'), json);
}

/** @throws Broken naming the run whose kept generator cannot be read. */
export function unusable({ id }: RunAnswer, imagesSeen: number): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CheckpointError)) throw error;
    throw new Broken(`the generator that run ${id} kept at ${imagesSeen} images: ${error.message}`);
  };
}

/** The generator that a run kept at `images`, or last. */
export async function keptGenerator(
  client: Client,
  run: RunAnswer,
  images: number | null,
): Promise<{ readonly bytes: Uint8Array; readonly imagesSeen: number }> {
  const kept = (await client.listCheckpoints({ id: run.id, limit: 500 })).items.filter(
    ({ kind }) => kind === 'generator',
  );
  const chosen = images === null ? kept.at(-1) : kept.find(({ imagesSeen }) => imagesSeen === images);
  if (!chosen)
    throw new Refused(
      kept.length === 0
        ? 'the run has kept no generator yet'
        : `the run has no generator at ${images} images; it has ${kept.map(({ imagesSeen }) => imagesSeen).join(', ')}`,
    );
  const { imagesSeen } = chosen;
  return { bytes: await client.getKeptGenerator({ id: run.id, images: imagesSeen }), imagesSeen };
}
