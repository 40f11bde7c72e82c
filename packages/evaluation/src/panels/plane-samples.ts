import { blankCanvas, drawDot } from '../render/canvas.ts';
import { frameOf, SIDE, toX, toY } from '../render/point-plot.ts';
import { MADE, PAPER, REAL } from './colours.ts';
import { lawOf, type Panel, pairs, pointsOf, type SamplePanelMaker } from './panel.ts';

const DOTS = 400;

/** Real points and generated ones over each other. */
export const planeSamples: SamplePanelMaker = {
  fits: ({ law }) => law !== null,
  make: async (subject): Promise<Panel> => {
    const frame = frameOf(lawOf(subject));
    const canvas = blankCanvas(SIDE, SIDE, PAPER);
    const reals = pointsOf((await subject.reals(DOTS)).samples);
    const made = pointsOf(await subject.made(DOTS));
    for (const [points, colour] of [
      [reals, REAL],
      [made, MADE],
    ] as const)
      for (let i = 0; i < points.length; i += 2)
        drawDot(canvas, [toX(frame, points[i] as number), toY(frame, points[i + 1] as number)], 1.7, colour, 0.75);
    return { picture: canvas, data: { reals: pairs(reals), made: pairs(made) } };
  },
};
