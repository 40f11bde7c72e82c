import { expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { initialValues, totalSize, unflatten } from '../parameters.ts';
import { latentParameters, latentStatistics, layerStyles } from './style-latents.ts';

it('a walk goes in a straight line from the style of one z to that of the other, not from one z to the other', () => {
  const sizes = { nz: 3, classes: 0, width: 4, mappingLayers: 2, styledLayers: 2, averageDecay: 0.995 };
  const parameters = latentParameters(sizes);
  const statistics = latentStatistics(sizes);
  const z = { shape: [1, 3], data: [0.5, -1, 2] };
  const other = { shape: [1, 3], data: [-1, 0.3, -0.2] };
  const styles = (input: typeof z, second: typeof z, place: number): Float64Array => {
    const { found } = evaluateExpression(
      {
        input,
        second,
        place: { shape: [1], data: [place] },
        parameters: { shape: [totalSize(parameters)], data: Array.from(initialValues(parameters, 3, 1)) },
        statistics: { shape: [totalSize(statistics)], data: [0.1, 0.2, 0.3, 0.4] },
      },
      (given) => ({
        found: layerStyles(
          {
            input: given.input,
            draws: { walk: { second: given.second, place: given.place } },
            parameters: unflatten(given.parameters, parameters),
            statistics: unflatten(given.statistics, statistics),
            mode: 'sample',
            probe: () => {},
          },
          sizes,
        ).styles,
      }),
    );
    return Float64Array.from(found);
  };
  const [start, end] = [styles(z, other, 0), styles(other, z, 0)];
  expect(start).not.toEqual(end);
  for (const place of [0.25, 1])
    styles(z, other, place).forEach((value, i) => {
      expect(value).toBeCloseTo((1 - place) * (start[i] as number) + place * (end[i] as number), 12);
    });
});
