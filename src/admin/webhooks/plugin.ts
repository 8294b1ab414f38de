import fp from 'fastify-plugin';
import type { OutboxSettings } from '../../config/config.ts';
import { OutageLog } from '../../lib/outage-log.ts';
import { Dispatcher } from './dispatcher.ts';
import { createWebhookMetrics } from './metrics.ts';

/** Sends webhooks as long as the instance serves. */
export default fp<{ settings: OutboxSettings }>(
  async (app, { settings }) => {
    const { db, log } = app;
    const attempts = createWebhookMetrics(app.metrics.registry, db);
    const outages = new OutageLog(log, {
      fails: 'no webhooks are sent; it will try again',
      works: 'webhooks are sent again',
    });
    const dispatcher = new Dispatcher({
      ...settings,
      db,
      onAttempt: (outcome) => attempts.inc({ outcome }),
      onError: (error) => outages.failed(error),
      onNoted: () => outages.worked(),
    });
    app.atClose(() => dispatcher.stop());
  },
  { name: 'webhooks', dependencies: ['background', 'database', 'metrics'] },
);
