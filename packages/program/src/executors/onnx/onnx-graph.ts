import { loadLibrary } from './onnx-executor.ts';
import { BadOnnx, type OnnxTensorFacts, type OnnxWeights, readOnnx } from './read-onnx.ts';

/** Numbers for an input of a graph: `[dims]`, as the element type that it takes. */
export interface OnnxValue {
  readonly name: string;
  readonly data: Float32Array;
  readonly dims: readonly number[];
  /** float32 where it is left out; whole numbers are rounded to. */
  readonly type?: 'float32' | 'int32' | 'int64';
}

/** A network that somebody else wrote as ONNX, ready to be run; whoever opened it disposes of it. */
export interface OnnxGraph extends AsyncDisposable {
  readonly inputs: readonly OnnxTensorFacts[];
  readonly outputs: readonly OnnxTensorFacts[];
  /** Its floating-point weights, in the order of the file. */
  readonly weights: OnnxWeights;
  /** Notes that its exporter left in the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Runs it on one input, or several. @returns the output's numbers, bytes as 0…255, and dimensions. */
  run(
    inputs: OnnxValue | readonly OnnxValue[],
    output: string,
  ): Promise<{ readonly data: Float32Array; readonly dims: readonly number[] }>;
}

/**
 * Opens an ONNX file on ONNX Runtime. @throws BadOnnx where the bytes are no ONNX model that can be vouched for, or where
 * ONNX Runtime refuses it; ExecutorUnavailable where that does not load.
 */
export async function openOnnxGraph(
  bytes: Uint8Array,
  { threads = 1 }: { readonly threads?: number } = {},
): Promise<OnnxGraph> {
  const facts = readOnnx(bytes);
  const library = await loadLibrary();
  const session = await library.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  }).catch((error: unknown) => {
    throw new BadOnnx(`is refused by ONNX Runtime: ${error instanceof Error ? error.message : String(error)}`);
  });
  return {
    ...facts,
    run: async (inputs, output) => {
      const given = [inputs].flat() as readonly OnnxValue[];
      const feeds = Object.fromEntries(given.map((value) => [value.name, tensorOf(library, value)]));
      const found = (await session.run(feeds, [output]))[output];
      if (found?.data instanceof Uint8Array) return { data: Float32Array.from(found.data), dims: found.dims };
      if (!(found?.data instanceof Float32Array)) throw new BadOnnx(`gives no float32 numbers as '${output}'`);
      return { data: found.data, dims: found.dims };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

function tensorOf(library: Awaited<ReturnType<typeof loadLibrary>>, { data, dims, type = 'float32' }: OnnxValue) {
  switch (type) {
    case 'float32':
      return new library.Tensor('float32', data, dims);
    case 'int32':
      return new library.Tensor('int32', Int32Array.from(data), dims);
    case 'int64':
      return new library.Tensor(
        'int64',
        BigInt64Array.from(data, (value) => BigInt(Math.round(value))),
        dims,
      );
  }
}
