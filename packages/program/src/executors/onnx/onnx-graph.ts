import { loadLibrary } from './onnx-executor.ts';
import { BadOnnx, type OnnxTensorFacts, type OnnxWeights, readOnnx } from './read-onnx.ts';

/** A network that somebody else wrote as ONNX, ready to be run; whoever opened it disposes of it. */
export interface OnnxGraph extends AsyncDisposable {
  readonly inputs: readonly OnnxTensorFacts[];
  readonly outputs: readonly OnnxTensorFacts[];
  /** Its floating-point weights, in the order of the file. */
  readonly weights: OnnxWeights;
  /** Notes that its exporter left in the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Runs it on one input. @param dims of `data`. @returns the output's numbers and dimensions. */
  run(
    input: { readonly name: string; readonly data: Float32Array; readonly dims: readonly number[] },
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
    run: async ({ name, data, dims }, output) => {
      const results = await session.run({ [name]: new library.Tensor('float32', data, dims) }, [output]);
      const found = results[output];
      if (!(found?.data instanceof Float32Array)) throw new BadOnnx(`gives no float32 numbers as '${output}'`);
      return { data: found.data, dims: found.dims };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
