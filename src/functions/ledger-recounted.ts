import { app, type InvocationContext } from '@azure/functions';
import { errorFields, logEvent } from '../shared/log.ts';
import type { Settings } from '../shared/settings.ts';
import type { RecountParts, ShardTurn } from '../shared/status/recount-run.ts';

/** Table requests of a run, after which no further shard begins; each reads up to 1,000 devices. */
const REQUESTS_A_RUN = 1000;

/** Timer: compares the counts of the ledger with its rows, shard after shard, and heals what differs. */
export function registerLedgerRecounted(settings: Settings, parts: () => RecountParts): void {
  app.timer('ledger-recounted', {
    schedule: settings.ledger.recountSchedule,
    handler: async (_timer, context) => {
      const { recountInTurn } = await import('../shared/status/recount-run.ts');
      const shards = { exact: 0, drifted: 0, busy: 0, failed: 0 };
      const errors: unknown[] = [];
      for await (const turn of recountInTurn(parts(), new Date(), REQUESTS_A_RUN)) {
        shards[turn.kind] += 1;
        if (turn.kind === 'failed') errors.push(turn.error);
        logTurn(context, turn);
      }
      logEvent(context, 'info', 'ledger-recounted', shards);
      if (errors.length > 0) {
        throw new AggregateError(
          errors,
          `${errors.length} shards could not be recounted now; they have their turn again`,
        );
      }
    },
  });
}

function logTurn(context: InvocationContext, turn: ShardTurn): void {
  const { rollout, shard } = turn;
  switch (turn.kind) {
    case 'exact':
      break;
    case 'busy':
      logEvent(context, 'debug', 'ledger-shard-not-still', { rollout, shard, requests: turn.requests });
      break;
    case 'drifted': {
      const { drift, index, healed, healings } = turn;
      const missing = index.missing.length;
      const extra = index.extra.length;
      logEvent(context, 'warn', 'ledger-drift', { rollout, shard, drift, missing, extra, healed, healings });
      break;
    }
    case 'failed':
      logEvent(context, 'error', 'ledger-recount-failed', { rollout, shard, ...errorFields(turn.error) });
      break;
  }
}
