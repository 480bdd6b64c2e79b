import { useEffect, useState } from 'preact/hooks';
import { useNow } from '../live/clock.ts';
import { refreshAll, watchedSources } from '../live/live-sources.ts';
import { useStore } from '../live/use-store.ts';
import { useFocusKept } from '../parts/use-focus-kept.ts';
import { clock, duration } from '../words/times.ts';
import { type Connection, connectionOf } from './connection.ts';

/** Whether what is on the page is of now: always in sight, told aloud when the connection is lost or back. */
export function ConnectionLine() {
  const sources = useStore(watchedSources);
  const [, redraw] = useState({});
  useEffect(() => {
    const ends = sources.map((source) => source.state.subscribe(() => redraw({})));
    return () => {
      for (const end of ends) end();
    };
  }, [sources]);
  const connection = connectionOf(sources.map((source) => source.state.value));
  const now = useNow();
  switch (connection.kind) {
    case 'idle':
      return <p class="connection" />;
    case 'live':
      return (
        <p class="connection">
          <span class="pulse" aria-hidden="true" />
          <span>
            Live
            <span class="wide-only">
              , as of {clock(new Date(connection.confirmedAt).toISOString(), now)}
            </span>
          </span>
        </p>
      );
    case 'lost':
      return <Lost connection={connection} now={now} />;
  }
}

function Lost({
  connection: { reason, confirmedAt, nextAt },
  now,
}: {
  connection: Extract<Connection, { kind: 'lost' }>;
  now: number;
}) {
  const place = useFocusKept<HTMLParagraphElement>();
  return (
    <p ref={place} class="connection connection-lost" role="alert" title={reason}>
      <strong>Connection lost.</strong>{' '}
      {confirmedAt !== undefined && `This is of ${clock(new Date(confirmedAt).toISOString(), now)}. `}
      <span aria-hidden="true">
        {nextAt !== undefined && nextAt > now ? `Again in ${duration(nextAt - now)}. ` : 'Trying … '}
      </span>
      <button class="button-link" type="button" onClick={refreshAll}>
        Try now
      </button>
    </p>
  );
}
