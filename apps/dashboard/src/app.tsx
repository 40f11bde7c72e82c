import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { NightPage } from './pages/night-page.tsx';
import { NightsPage } from './pages/nights-page.tsx';
import { RunPage } from './pages/run-page.tsx';
import { SweepPage } from './pages/sweep-page.tsx';
import { SweepsPage } from './pages/sweeps-page.tsx';
import { Workers } from './parts/workers.tsx';

/** Brings fields, networks and executor along, which no other page needs. */
const LivePage = lazy(() => import('./pages/live-page.tsx'));

/** Addresses: `#/`, `#/sweeps/<id>`, `#/runs/<id>`, `#/nights`, `#/nights/<id>`, `#/live?…`. */
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
          <a href="#/nights">Nights</a> <a href="#/live">Live</a> <a href="/docs">API</a>
        </nav>
      </header>
      <main>{pageAt(address)}</main>
    </>
  );
}

function pageAt(address: string): ReactNode {
  const [path = '', query = ''] = address.split('?');
  const [kind, id] = path.split('/').filter((part) => part !== '');
  if (kind === 'sweeps' && id) return <SweepPage key={id} id={id} />;
  if (kind === 'runs' && id) return <RunPage key={id} id={id} />;
  if (kind === 'nights') return id ? <NightPage key={id} id={id} /> : <NightsPage />;
  if (kind === 'live')
    return (
      <Suspense fallback={<p className="empty">Loading …</p>}>
        <LivePage key={query} query={query} />
      </Suspense>
    );
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
