import { type ReactNode, useEffect, useState } from 'react';
import { hasToken, service } from '../service.ts';

/** A sample grid. Where the service asks for a token the bytes are fetched, since an image's address carries none. */
export function SampleImage({
  runId,
  images,
  url,
}: {
  readonly runId: string;
  readonly images: number;
  readonly url: string;
}): ReactNode {
  const [source, setSource] = useState(hasToken() ? null : url);
  useEffect(() => {
    if (!hasToken()) {
      setSource(url);
      return;
    }
    let shown = true;
    void service.getSample({ id: runId, images }).then((bytes) => {
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
      if (shown) setSource(`data:image/png;base64,${btoa(text)}`);
    });
    return () => {
      shown = false;
    };
  }, [runId, images, url]);
  if (source === null) return null;
  return (
    <img
      className="samples"
      src={source}
      alt={`samples of the run after ${images.toLocaleString('en-US')} images, fixed noise`}
      loading="lazy"
    />
  );
}
