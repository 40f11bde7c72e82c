// Loads a binding in a process of its own, multiplies two matrices by it, and says on stdout what it is:
//   node check-binding.cjs tfjs_binding.node
const binding = require(process.argv[2]);
const matrix = binding.createTensor([2, 2], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
const attribute = (name, type, value) => ({ name, type, value });
const [product] = binding.executeOp(
  'MatMul',
  [
    attribute('T', binding.TF_ATTR_TYPE, binding.TF_FLOAT),
    attribute('transpose_a', binding.TF_ATTR_BOOL, false),
    attribute('transpose_b', binding.TF_ATTR_BOOL, false),
  ],
  [matrix, matrix],
  1,
);
const values = [...binding.tensorDataSync(product.id)];
if (values.join() !== '7,10,15,22') throw new Error(`it multiplies wrongly: ${values.join()}`);
process.stdout.write(`${JSON.stringify({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice() })}\n`);
