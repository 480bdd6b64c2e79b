import { app, type InvocationContext } from '@azure/functions';
import { errorFields, logEvent } from '../shared/log.ts';
import type { OutboxNews } from '../shared/webhooks/outbox-news.ts';
import type { Webhooks } from '../shared/webhooks/webhooks.ts';

/**
 * Moves what the outboxes hold into the queues: at the end of each invocation that has written to one, and by
 * a timer, for what a crash or an outage has left there. No decision waits for it or fails with it.
 */
export function registerWebhooksPublished(
  schedule: string,
  news: OutboxNews,
  webhooks: () => Promise<Pick<Webhooks, 'publish'>>,
): void {
  const publish = async (context: InvocationContext): Promise<void> => {
    const { published, left } = await (await webhooks()).publish();
    if (published > 0) logEvent(context, 'info', 'webhooks-published', { published, left });
  };
  app.timer('webhooks-published', { schedule, handler: async (_timer, context) => publish(context) });
  app.hook.postInvocation(async ({ invocationContext }) => {
    if (!news.take()) return;
    try {
      await publish(invocationContext);
    } catch (error) {
      logEvent(invocationContext, 'warn', 'webhooks-not-published', errorFields(error));
    }
  });
}
