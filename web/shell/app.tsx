import { useEffect, useRef } from 'preact/hooks';
import { DeviceSearch } from '../device/device-search.tsx';
import { announcement } from '../live/announcements.ts';
import { accessKey, setAccessKey } from '../live/access-key.ts';
import { useStore } from '../live/use-store.ts';
import { Icon } from '../parts/icon.tsx';
import { UploadPlace } from '../upload/upload-place.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { focusHeading } from './focus-heading.ts';
import { links } from './links.ts';
import type { Place } from './place.ts';
import { usePlace } from './use-place.ts';
import { viewAt } from './views.tsx';

const APP = 'Firmware over the air';

export function App() {
  const place = usePlace();
  const view = viewAt(place);
  const title = view ? view.title(view.params) : 'Not found';
  useFocusOnNavigation(place.path, title);
  return (
    <>
      <button class="skip" type="button" onClick={focusHeading}>
        Skip to content
      </button>
      <Header place={place} />
      <main class="main">
        {view ? <view.component key={place.path} params={view.params} query={place.query} /> : <NotFound />}
      </main>
      <Announcements />
    </>
  );
}

function Header({ place }: { place: Place }) {
  const key = useStore(accessKey);
  return (
    <header class="header">
      <a class="brand" href={links.fleet()}>
        <span class="brand-sign">
          <Icon name="up" />
        </span>
        {APP}
      </a>
      <nav class="nav" aria-label="Views">
        <NavLink to={links.fleet()} here={place.path === '/' || place.path.startsWith('/rollouts')}>
          Fleet
        </NavLink>
        <NavLink to={links.releases()} here={place.path === '/releases'}>
          Releases
        </NavLink>
        <NavLink to={links.refusals()} here={place.path === '/refusals'}>
          Refusals
        </NavLink>
        <NavLink to={links.audit()} here={place.path === '/audit'}>
          Audit
        </NavLink>
        <a href="/api/docs">API</a>
      </nav>
      <DeviceSearch />
      <UploadPlace />
      <ConnectionLine />
      {key !== '' && (
        <button class="button-link" type="button" onClick={() => setAccessKey('')}>
          Forget key
        </button>
      )}
    </header>
  );
}

/** One of the views in the header. */
function NavLink({ to, here, children }: { to: string; here: boolean; children: string }) {
  return (
    <a href={to} {...(here && { 'aria-current': 'page' as const })}>
      {children}
    </a>
  );
}

function NotFound() {
  return (
    <div class="notice notice-center">
      <h1>There is no such view</h1>
      <p>
        The address names nothing that can be shown. <a href={links.fleet()}>Go to the fleet</a>
      </p>
    </div>
  );
}

/** What changed, for screen readers. */
function Announcements() {
  const text = useStore(announcement);
  return (
    <p class="only-read" aria-live="polite">
      {text}
    </p>
  );
}

/** A new view has a new title, and the focus goes to its heading: else a screen reader would stay silent. */
function useFocusOnNavigation(path: string, title: string) {
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · ${APP}`;
    if (!isFirst.current) {
      window.scrollTo(0, 0);
      focusHeading();
    }
    isFirst.current = false;
  }, [path, title]);
}
