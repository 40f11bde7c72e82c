import type { ReactNode } from 'react';
import { service } from '../service.ts';
import { StoredPicture } from './stored-picture.tsx';

/** A sample grid. */
export function SampleImage({
  runId,
  images,
  url,
}: {
  readonly runId: string;
  readonly images: number;
  readonly url: string;
}): ReactNode {
  return (
    <StoredPicture
      className="samples"
      url={url}
      load={() => service.getSample({ id: runId, images })}
      alt={`samples of the run after ${images.toLocaleString('en-US')} images, fixed noise`}
    />
  );
}
