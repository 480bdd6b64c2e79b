import { setTimeout as wait } from 'node:timers/promises';
import { app, type InvocationContext } from '@azure/functions';
import { errorFields, logEvent } from '../shared/log.ts';
import { oneAtATime } from '../shared/webhooks/one-at-a-time.ts';
import type { OutboxNews } from '../shared/webhooks/outbox-news.ts';
import type { Webhooks } from '../shared/webhooks/webhooks.ts';

/** How long an invocation is held up by it, so that it is over before an instance is frozen. */
const HOLD_MS = 2000;

/**
 * Moves what the outboxes hold into the queues: at the end of each invocation that has written to one, and by
 * a timer, for what a crash or an outage has left there. No decision fails with it, nor waits for it longer
 * than two seconds: queues that are away cost half a minute of repetitions.
 */
export function registerWebhooksPublished(
  schedule: string,
  news: OutboxNews,
  webhooks: () => Promise<Pick<Webhooks, 'publish'>>,
): void {
  // Two at once would read the same rows, and send them twice.
  const publish = oneAtATime(async (context: InvocationContext) => {
    const { published, left } = await (await webhooks()).publish();
    if (published > 0) logEvent(context, 'info', 'webhooks-published', { published, left });
  });
  const tryToPublish = async (context: InvocationContext): Promise<void> => {
    try {
      await publish(context);
    } catch (error) {
      logEvent(context, 'warn', 'webhooks-not-published', errorFields(error));
    }
  };
  app.timer('webhooks-published', { schedule, handler: async (_timer, context) => publish(context) });
  app.hook.postInvocation(async ({ invocationContext }) => {
    if (!news.take()) return;
    await Promise.race([tryToPublish(invocationContext), wait(HOLD_MS, undefined, { ref: false })]);
  });
}
