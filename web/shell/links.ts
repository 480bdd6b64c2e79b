import { linkTo } from './place.ts';

/** The addresses of the views, for links between them. */
export const links = {
  fleet: () => linkTo([]),
  rollout: (id: string, query?: Readonly<Record<string, string | undefined>>) =>
    linkTo(['rollouts', id], query),
  device: (id: string) => linkTo(['devices', id]),
  releases: () => linkTo(['releases']),
  refusals: () => linkTo(['refusals']),
  audit: () => linkTo(['audit']),
} as const;
