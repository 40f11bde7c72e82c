import { constantTensor, graphMessage, modelMessage, operatorNode, valueInfo } from '@gansweep/program';

/** A layer of a Keras model as TensorFlow.js keeps it. */
export interface Layer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
  /** Of the one place where it stands: names of the layers before it. */
  readonly inbound_nodes: readonly (readonly (readonly [name: string, ...unknown[]])[])[];
}

/** A weight by its name, such as `Conv1/kernel`. */
export interface LayerWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

type Pads = readonly [top: number, left: number, bottom: number, right: number];

/**
 * A Keras model of convolutions as an ONNX model from pictures `[n, channels, height, width]` to the features `[n, d]` of
 * the layer `output`. Batch norm is folded into the convolution before it.
 * @throws Error naming a layer, or a setting of one, that is not known here.
 */
export function layersToOnnx(
  layers: readonly Layer[],
  weights: ReadonlyMap<string, LayerWeight>,
  { output, notes }: { readonly output: string; readonly notes: Readonly<Record<string, string>> },
): Uint8Array {
  const nodes: Uint8Array[] = [];
  const constants: Uint8Array[] = [];
  const inputs: Uint8Array[] = [];
  const channelsOf = new Map<string, number>();
  /** Padding that the convolution behind it takes over, by the name of its layer and what is padded. */
  const padded = new Map<string, { readonly from: string; readonly pads: Pads }>();
  const norms = new Map(layers.flatMap((layer) => (isNorm(layer) ? [[sourceOf(layer), layer] as const] : [])));
  const weight = (name: string): LayerWeight => {
    const found = weights.get(name);
    if (!found) throw new Error(`the model has no weight ${name}`);
    return found;
  };
  const constant = (name: string, shape: readonly number[], values: readonly number[]): string => {
    constants.push(constantTensor(name, 'float32', shape, Float32Array.from(values)));
    return name;
  };
  const emit = (layer: Layer, operator: string, from: readonly string[], attributes = {}): void => {
    nodes.push(operatorNode({ operator, inputs: from, outputs: [layer.config.name], attributes }));
    channelsOf.set(layer.config.name, channelsOf.get(from[0] as string) ?? 0);
  };
  const low = constant('zero', [], [0]);
  const high = constant('six', [], [6]);
  for (const layer of layers) {
    const { config, class_name } = layer;
    const { name } = config;
    const from = class_name === 'InputLayer' ? '' : sourceOf(layer);
    switch (class_name) {
      case 'InputLayer': {
        const [, height = 0, width = 0, channels = 0] = config.batch_input_shape as readonly number[];
        inputs.push(valueInfo(name, 'float32', ['steps', channels, height, width]));
        channelsOf.set(name, channels);
        break;
      }
      case 'ZeroPadding2D': {
        const [[top, bottom], [left, right]] = config.padding as [[number, number], [number, number]];
        padded.set(name, { from, pads: [top, left, bottom, right] });
        break;
      }
      case 'Conv2D':
      case 'DepthwiseConv2D': {
        const before = padded.get(from);
        const source = before?.from ?? from;
        const isDepthwise = class_name === 'DepthwiseConv2D';
        const kernel = weight(`${name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`);
        const [side = 0, , into = 0, last = 0] = kernel.shape;
        const outs = isDepthwise ? into * last : last;
        const norm = norms.get(name);
        const folded = foldNorm(norm, outs, weight);
        const stride = config.strides as readonly number[];
        const pads = before?.pads ?? samePads(layer, side, stride);
        if (config.use_bias || config.activation !== 'linear')
          throw unknown(layer, 'a bias or an activation of its own');
        const each = kernelsFirst(kernel, isDepthwise).map(
          (value, i) => value * (folded.scale[Math.floor(i / (kernel.values.length / outs))] as number),
        );
        const shape = [outs, isDepthwise ? 1 : into, side, side];
        const given = [source, constant(`${name}.kernel`, shape, each), constant(`${name}.bias`, [outs], folded.bias)];
        const attributes = { kernel_shape: [side, side], strides: stride, pads, group: isDepthwise ? into : 1 };
        // What follows asks for the norm, which is in here.
        const target = norm ?? layer;
        emit(target, 'Conv', given, attributes);
        channelsOf.set(target.config.name, outs);
        break;
      }
      case 'BatchNormalization':
        break;
      case 'ReLU':
        if (config.max_value !== 6 || config.negative_slope !== 0) throw unknown(layer, 'another rectifier than ReLU6');
        emit(layer, 'Clip', [from, low, high]);
        break;
      case 'Add':
        emit(
          layer,
          'Add',
          (layer.inbound_nodes[0] ?? []).map(([source]) => source),
        );
        break;
      case 'AveragePooling2D': {
        const pool = config.pool_size as readonly number[];
        emit(layer, 'AveragePool', [from], { kernel_shape: pool, strides: config.strides as readonly number[] });
        break;
      }
      case 'Flatten':
        emit(layer, 'Flatten', [from]);
        break;
      default:
        throw unknown(layer, `the kind ${class_name}`);
    }
    if (name !== output) continue;
    nodes.push(operatorNode({ operator: 'Identity', inputs: [output], outputs: ['features'] }));
    const outputs = [valueInfo('features', 'float32', ['steps', channelsOf.get(output) ?? 0])];
    return modelMessage(graphMessage({ name: 'features', nodes, constants, inputs, outputs }), notes);
  }
  throw new Error(`the model has no layer ${output}`);
}

const isNorm = ({ class_name }: Layer): boolean => class_name === 'BatchNormalization';
const sourceOf = (layer: Layer): string => layer.inbound_nodes[0]?.[0]?.[0] ?? '';
const unknown = ({ config }: Layer, what: string): Error =>
  new Error(`the layer ${config.name} has ${what}, which is not known here`);

/** What batch norm does to the channels before it: `scale · x + bias`. */
function foldNorm(
  norm: Layer | undefined,
  channels: number,
  weight: (name: string) => LayerWeight,
): { readonly scale: readonly number[]; readonly bias: readonly number[] } {
  if (!norm) return { scale: Array(channels).fill(1), bias: Array(channels).fill(0) };
  const { name, epsilon } = norm.config;
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((part) =>
    Array.from(weight(`${name}/${part}`).values),
  ) as [number[], number[], number[], number[]];
  const scale = gamma.map((value, i) => value / Math.sqrt((variance[i] as number) + (epsilon as number)));
  return { scale, bias: beta.map((value, i) => value - (mean[i] as number) * (scale[i] as number)) };
}

/** `[height, width, in, out]` → `[out, in, height, width]`; depthwise `[height, width, in, 1]` → `[in, 1, height, width]`. */
function kernelsFirst({ shape, values }: LayerWeight, isDepthwise: boolean): readonly number[] {
  const [height = 0, width = 0, into = 0, last = 0] = shape;
  if (isDepthwise && last !== 1)
    throw new Error('a depthwise convolution that multiplies its channels is not known here');
  const [outs, ins] = isDepthwise ? [into, 1] : [last, into];
  return Array.from({ length: values.length }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const [inner, outer] = [Math.floor(i / (width * height)) % ins, Math.floor(i / (width * height * ins))];
    const at = isDepthwise ? (y * width + x) * outs + outer : ((y * width + x) * into + inner) * outs + outer;
    return values[at] as number;
  });
}

/** Keras' `same` with stride 1 pads evenly; with another stride it depends on the picture and is not known here. */
function samePads(layer: Layer, side: number, strides: readonly number[]): Pads {
  if (layer.config.padding === 'valid') return [0, 0, 0, 0];
  if (strides.some((stride) => stride !== 1) && side > 1) throw unknown(layer, "padding 'same' with a stride");
  const each = (side - 1) / 2;
  return [each, each, each, each];
}
