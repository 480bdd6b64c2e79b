import { readFileSync } from 'node:fs';
import { MESSAGES_A_DEVICE } from '../../src/shared/rollout/message-cost.ts';

const host = JSON.parse(readFileSync(new URL('../../host.json', import.meta.url), 'utf8')) as {
  readonly extensions: { readonly eventHubs: { readonly maxEventBatchSize: number } };
};

/** What is assumed of a device on its way, and what the service does for it. */
export const assumptions = {
  messagesADevice: MESSAGES_A_DEVICE,
  /** All but the section that the hub sends. */
  reportsADevice: MESSAGES_A_DEVICE - 1,
  /** Each message changes the twin, and the hub tells each change once; it may merge some. */
  eventsADevice: MESSAGES_A_DEVICE,
  /** A device that has applied an image starts anew: it connects and reads its twin once. */
  connectionsADevice: 1,
  twinReadsADevice: 1,
  /** Goal of the ledger bench (`npm run bench -- ledger`), which a full batch stays below. */
  tableRequestsPer1000Events: 12,
  /** Most events of one call of twins-changed. */
  eventsACall: host.extensions.eventHubs.maxEventBatchSize,
  /** Calls a day of timers as they are set by default: judge, sweep, recount. */
  timerCallsADay: 1440 + 288 + 288,
} as const;
