import { lawBox, type PlaneLaw } from '@gansweep/domain';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Looked, Opened } from './messages.ts';
import { drawPlane } from './plane-picture.ts';
import { FIELD_SIDE, viewOf } from './view.ts';

/** Draws what it is handed, as often as it is handed something. */
export type Painter = (looked: Looked, opened: Opened) => void;

/** The picture of a live training. @param painter is filled with the way to draw a look. */
export function PlaneCanvas({
  law,
  label,
  painter,
}: {
  readonly law: PlaneLaw;
  readonly label: string;
  readonly painter: { current: Painter };
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const scratch = document.createElement('canvas');
    scratch.width = scratch.height = FIELD_SIDE;
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    let last: Parameters<Painter> | null = null;
    const paint: Painter = (looked, opened) => {
      last = [looked, opened];
      const pixels = element.width;
      const paper = dark.matches ? ([28, 32, 36] as const) : ([252, 252, 253] as const);
      const { fakes, field } = looked;
      drawPlane(
        context,
        { view: viewOf(law), box: lawBox(law), reals: opened.reals, fakes, field },
        { pixels, scratch, paper },
      );
    };
    const repaint = (): void => {
      if (last) paint(...last);
    };
    const fit = (): void => {
      const pixels = Math.max(1, Math.round(element.clientWidth * window.devicePixelRatio));
      if (pixels === element.width) return;
      element.width = element.height = pixels;
      repaint();
    };
    fit();
    const resize = new ResizeObserver(fit);
    resize.observe(element);
    dark.addEventListener('change', repaint);
    painter.current = paint;
    return () => {
      resize.disconnect();
      dark.removeEventListener('change', repaint);
    };
  }, [law, painter]);
  return <canvas className="plane" ref={canvas} role="img" aria-label={label} />;
}
