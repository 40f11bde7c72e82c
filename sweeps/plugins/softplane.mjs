/** GANSWEEP_PLUGINS=sweeps/plugins adds the model `plugin:softplane`: dense networks of the plane with smooth layers. */

/** A dense network of softplus layers, whose input goes past every one of them into the next. */
function dense(inputs, outputs, { width, layers }) {
  const sizes = Array.from({ length: layers }, (_, i) => (i === 0 ? inputs : width + inputs));
  const shapes = [...sizes.map((from) => [from, width]), [width + inputs, outputs]];
  return {
    parameters: Object.fromEntries(
      shapes.flatMap((shape, i) => [
        [`dense${i}.weight`, { shape, deviation: 1 / Math.sqrt(shape[0]) }],
        [`dense${i}.bias`, { shape: [shape[1]], value: 0 }],
      ]),
    ),
    apply: (input, tensors, { add, concat, matMul, softplus }) => {
      const layer = (x, i) => add(matMul(x, tensors[`dense${i}.weight`]), tensors[`dense${i}.bias`]);
      let x = input;
      for (let i = 0; i < layers; i++) x = concat([softplus(layer(x, i)), input], 1);
      return layer(x, layers);
    },
  };
}

export const models = [
  {
    name: 'softplane',
    doc: 'dense with smooth layers that all see the input, points in the plane',
    learns: 'points',
    fields: (z) => ({
      width: z.int().min(1).max(256).default(16).describe('Units of each hidden layer.'),
      layers: z.int().min(1).max(8).default(2).describe('Hidden layers of G and of D.'),
    }),
    generator: ({ nz }, fields) => dense(nz, 2, fields),
    discriminator: (_, fields) => dense(2, 1, fields),
  },
];
