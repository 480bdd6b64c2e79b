import type { ComponentChildren } from 'preact';
import { ApiError } from '../../client/api-error.ts';
import { isAboutAccess, kindOf, type Problem } from '../live/problem-kind.ts';
import type { Live } from '../live/use-live.ts';
import { AskForKey, AskToSignIn, NoPermission } from './access.tsx';
import { Icon } from './icon.tsx';
import { useFocusKept } from './use-focus-kept.ts';

/**
 * Draws `children` from the newest answer, and what there is to say while there is none: loading, no key, no
 * permission, not there, not reachable. Data once shown stays while requests fail; the header tells of it.
 */
export function LiveView<Body>({
  live,
  what,
  heading,
  children,
}: {
  live: Live<Body>;
  /** What is loaded, for people: `the rollout`. */
  what: string;
  /** The heading of a view of which nothing can be drawn without the answer; the children draw their own. */
  heading?: string;
  children: (data: Body) => ComponentChildren;
}) {
  const { data, problem, refresh } = live;
  const isBarred = problem !== undefined && isAboutAccess(kindOf(problem));
  if (data !== undefined && !isBarred) return <>{children(data)}</>;
  return (
    <div class="stack">
      {heading !== undefined && <h1>{heading}</h1>}
      {problem ? <ProblemView problem={problem} what={what} retry={refresh} /> : <Loading what={what} />}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      <span class="loading-bar" aria-hidden="true" />
      Loading {what} …
    </p>
  );
}

/** Nothing is there, and that is no fault: says so, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function ProblemView({ problem, what, retry }: { problem: Problem; what: string; retry: () => void }) {
  switch (kindOf(problem)) {
    case 'key-needed':
      return <AskForKey />;
    case 'sign-in-needed':
      return <AskToSignIn />;
    case 'forbidden':
      return <NoPermission message={problem.message} />;
    case 'not-found':
      return <Broken title={`Cannot find ${what}`} problem={problem} />;
    case 'unreachable':
    case 'busy':
    case 'failed':
    case 'refused':
    case 'conflict':
    case 'changed':
      return <Broken title={`Cannot load ${what}`} problem={problem} retry={retry} />;
  }
}

function Broken({ title, problem, retry }: { title: string; problem: Problem; retry?: () => void }) {
  const place = useFocusKept<HTMLDivElement>();
  return (
    <div ref={place} class="notice notice-bad" role="alert">
      <h2>
        <Icon name="alert" /> {title}
      </h2>
      <p>
        {problem.message}
        {kindOf(problem) === 'unreachable' &&
          ' Look whether you are online and whether the app runs; it is asked again by itself.'}
      </p>
      {problem instanceof ApiError && problem.correlationId && (
        <p class="quiet">
          In the log of the app: <code>{problem.correlationId}</code>
        </p>
      )}
      {retry && (
        <button class="button" type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
