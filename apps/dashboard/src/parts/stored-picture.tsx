import { type ReactNode, useEffect, useRef, useState } from 'react';
import { hasToken } from '../service.ts';

/** A PNG of the service. Where it asks for a token the bytes are fetched, since an image's address carries none. */
export function StoredPicture({
  url,
  load,
  alt,
  className,
}: {
  readonly url: string;
  /** The same bytes, asked for with the token. */
  readonly load: () => Promise<Uint8Array>;
  readonly alt: string;
  readonly className: string;
}): ReactNode {
  const [source, setSource] = useState(hasToken() ? null : url);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (!hasToken()) {
      setSource(url);
      return;
    }
    let shown = true;
    void latest.current().then((bytes) => {
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
      if (shown) setSource(`data:image/png;base64,${btoa(text)}`);
    });
    return () => {
      shown = false;
    };
  }, [url]);
  if (source === null) return null;
  return <img className={className} src={source} alt={alt} loading="lazy" />;
}
