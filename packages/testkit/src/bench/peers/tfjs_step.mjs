// One GAN iteration in TensorFlow.js, eagerly, on its native backend for Node: D on reals and fakes passed separately, then
// G, by the library's own Adam. The library is that of the installed backend whose binding GANSWEEP_TENSORFLOW_BINDING
// names. See ../messages.ts for what is said on standard input and output.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import util from 'node:util';

const tell = (news) => process.stdout.write(`${JSON.stringify(news)}\n`);
const refuse = (why) => {
  tell({ kind: 'refused', why });
  process.exit(0);
};
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const job = JSON.parse((await lines.next()).value);
const [configuration] = job.configurations;
if (job.configurations.length > 1 || configuration.model !== 'mlp2d') refuse('written for one dense network');
const binding = process.env.GANSWEEP_TENSORFLOW_BINDING;
if (!binding) refuse('TensorFlow is not installed (gansweep backend install tensorflow)');

// It still asks for two functions that Node 24 no longer has.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = createRequire(binding)('@tensorflow/tfjs-node');
await tf.ready();

const { batch, nz, beta1, beta2, adamEps } = configuration;

function denseNetwork(lengths) {
  const layers = lengths.slice(1).map((out, i) => ({
    weight: tf.variable(tf.randomNormal([lengths[i], out], 0, 1 / Math.sqrt(lengths[i]))),
    bias: tf.variable(tf.zeros([out])),
  }));
  return {
    variables: layers.flatMap(({ weight, bias }) => [weight, bias]),
    size: lengths.slice(1).reduce((total, out, i) => total + (lengths[i] + 1) * out, 0),
    forward: (input) =>
      layers.reduce((x, { weight, bias }, i) => {
        const y = x.matMul(weight).add(bias);
        return i + 1 < layers.length ? y.relu() : y;
      }, input),
  };
}

const widths = (side) => new Array(configuration[`layers${side}`]).fill(configuration[`width${side}`]);
const g = denseNetwork([nz, ...widths('G'), 2]);
const d = denseNetwork([2, ...widths('D'), 1]);
const [adamG, adamD] = ['G', 'D'].map((side) => tf.train.adam(configuration[`lr${side}`], beta1, beta2, adamEps));
const noise = () => tf.randomNormal([batch, nz]);
const scored = (x, sign) => d.forward(x).mul(sign).softplus().mean();

function step() {
  const lossD = tf.tidy(() => {
    const fakes = g.forward(noise());
    const reals = tf.randomNormal([batch, 2]);
    return adamD.minimize(() => scored(reals, -1).add(scored(fakes, 1)), true, d.variables);
  });
  const lossG = tf.tidy(() => adamG.minimize(() => scored(g.forward(noise()), -1), true, g.variables));
  return [lossD, lossG];
}

/** All steps of a call; the losses of the last one. */
function call() {
  let losses = [];
  for (let i = 0; i < job.stepsPerCall; i += 1) {
    tf.dispose(losses);
    losses = step();
  }
  const values = losses.map((loss) => loss.dataSync()[0]);
  tf.dispose(losses);
  return values;
}

call();
const setUpMs = performance.now();
const begun = performance.now();
let calls = 0;
while (calls === 0 || performance.now() - begun < job.roundMs) {
  call();
  calls += 1;
}
const callsPerRound = Math.max(1, Math.round(job.roundMs / ((performance.now() - begun) / calls)));
tell({
  kind: 'ready',
  library: 'TensorFlow.js',
  version: `${tf.version.tfjs} with TensorFlow ${tf.backend().binding.TF_Version}`,
  parameters: g.size + d.size,
  setUpMs,
});

for await (const order of { [Symbol.asyncIterator]: () => lines }) {
  if (order !== 'round') throw new Error(`unknown order '${order}'`);
  const times = [];
  let losses = [];
  for (let i = 0; i < callsPerRound; i += 1) {
    const start = performance.now();
    losses = call();
    times.push((performance.now() - start) / job.stepsPerCall);
  }
  times.sort((a, b) => a - b);
  const middle = Math.floor(times.length / 2);
  tell({
    kind: 'round',
    medianMs: times.length % 2 === 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2,
    bestMs: times[0],
    steps: callsPerRound * job.stepsPerCall,
    finite: losses.every(Number.isFinite),
  });
}
