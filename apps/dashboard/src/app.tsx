import { type ReactNode, useEffect, useState } from 'react';
import { RunPage } from './pages/run-page.tsx';
import { SweepPage } from './pages/sweep-page.tsx';
import { SweepsPage } from './pages/sweeps-page.tsx';
import { Workers } from './parts/workers.tsx';

/** Addresses: `#/`, `#/sweeps/<id>`, `#/runs/<id>`. */
export function App(): ReactNode {
  const address = useHash();
  return (
    <>
      <header className="top">
        <a className="brand" href="#/">
          gansweep
        </a>
        <Workers />
        <nav aria-label="Service">
          <a href="/docs">API</a>
        </nav>
      </header>
      <main>{pageAt(address)}</main>
    </>
  );
}

function pageAt(address: string): ReactNode {
  const [kind, id] = address.split('/').filter((part) => part !== '');
  if (kind === 'sweeps' && id) return <SweepPage key={id} id={id} />;
  if (kind === 'runs' && id) return <RunPage key={id} id={id} />;
  return <SweepsPage />;
}

function useHash(): string {
  const [hash, setHash] = useState(currentHash);
  useEffect(() => {
    const change = (): void => {
      setHash(currentHash());
      window.scrollTo(0, 0);
    };
    window.addEventListener('hashchange', change);
    return () => window.removeEventListener('hashchange', change);
  }, []);
  return hash;
}

function currentHash(): string {
  return window.location.hash.replace(/^#/, '');
}
