import type { ComponentType } from 'preact';
import { AuditPage } from '../audit/audit-page.tsx';
import { DevicePage } from '../device/device-page.tsx';
import { FleetPage } from '../fleet/fleet-page.tsx';
import { RefusalsPage } from '../refusals/refusals-page.tsx';
import { ReleasesPage } from '../releases/releases-page.tsx';
import { RolloutPage } from '../rollout/rollout-page.tsx';
import { paramsOf, type Place } from './place.ts';

export interface ViewProps {
  /** What stands at the names of the pattern, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

interface View {
  /** After `#`, as `/rollouts/{id}`. */
  readonly pattern: string;
  /** Of the document; also what is read out when the view opens. */
  readonly title: (params: ViewProps['params']) => string;
  readonly component: ComponentType<ViewProps>;
}

/** Every view. A view draws one `<h1>`; the shell moves the focus there when the view opens. */
const VIEWS: readonly View[] = [
  { pattern: '/', title: () => 'Fleet', component: FleetPage },
  { pattern: '/rollouts/{id}', title: ({ id }) => `Rollout ${id}`, component: RolloutPage },
  { pattern: '/devices/{id}', title: ({ id }) => `Device ${id}`, component: DevicePage },
  { pattern: '/releases', title: () => 'Releases', component: ReleasesPage },
  { pattern: '/refusals', title: () => 'Refusals', component: RefusalsPage },
  { pattern: '/audit', title: () => 'Audit trail', component: AuditPage },
];

/** The view at a place, with its parameters; `undefined` where there is none. */
export function viewAt({ path }: Place): (View & Pick<ViewProps, 'params'>) | undefined {
  for (const view of VIEWS) {
    const params = paramsOf(view.pattern, path);
    if (params) return { ...view, params };
  }
  return undefined;
}
