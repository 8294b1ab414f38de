import { setTimeout as sleep } from 'node:timers/promises';
import fp from 'fastify-plugin';
import type { SaleSettings } from '../config/config.ts';
import { forgetOldKeys } from '../idempotency/forget-old-keys.ts';
import { OutageLog } from '../lib/outage-log.ts';
import { every } from '../lib/repeat.ts';
import { Halls } from './best-available/halls.ts';
import { byOwner } from './by-owner.ts';
import { createEventCancellations } from './cancelled-events.ts';
import { createEngine, type Listener } from './group-commit/engine.ts';
import { createHold, type Hold } from './hold.ts';
import type { Expired } from './lifecycle/expire.ts';
import { createOperations, type Operations } from './lifecycle/operations.ts';
import { createSharedExpiry } from './lifecycle/shared-expiry.ts';
import { sweep } from './lifecycle/sweep.ts';
import { createSaleMetrics } from './metrics.ts';

declare module 'fastify' {
  interface FastifyInstance {
    sales: Sales;
  }
}

/** The sale engine: every claim on a seat or on stock begins and ends here, and is announced after its commit. */
export interface Sales extends Operations {
  hold: Hold;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export default fp<{ settings: SaleSettings }>(
  async (app, { settings }) => {
    const { db, live, log, salePool } = app;
    const metrics = createSaleMetrics(app.metrics.registry);
    const halls = new Halls(live);

    const listener: Listener = {
      changed: (changes) => live.publish(changes),
      decided(requests, ms) {
        metrics.batchSize.observe(requests);
        metrics.batchSeconds.observe(ms / 1_000);
      },
    };
    const expired = ({ changes, holds }: Expired) => {
      metrics.holdsExpired.inc(holds);
      live.publish(changes);
    };
    const engine = createEngine(salePool, halls, settings, app.queue, listener);
    const expiry = createSharedExpiry(db, expired);
    const { idle, ...operations } = createOperations(app, settings, expiry, listener);
    app.decorate('sales', {
      hold: createHold(app, byOwner(engine, app.peers), settings, metrics, expiry),
      ...operations,
    });

    const sweeping = new OutageLog(log, {
      fails: 'the sweep of expired holds failed; it will try again',
      works: 'the sweep of expired holds works again',
    });
    let closing = false;
    const stopSweeping = every(
      settings.sweepIntervalMs,
      async () => {
        for (let more = true; more && !closing; ) {
          const begun = performance.now();
          const swept = await sweep(app);
          // Not for a sweep that found none: on a full disk, it would call every other failure a new one.
          if (swept.holds > 0) sweeping.worked();
          expired(swept);
          more = swept.more;
          // Selling goes on when a whole rush expires at once: the sweep takes at most four fifths of the time.
          if (more) await sleep((performance.now() - begun) / 4);
        }
      },
      (error) => sweeping.failed(error),
    );
    const stopForgetting = every(
      HOUR_MS,
      async () => {
        while (!closing && (await forgetOldKeys(db)).more);
      },
      (error) => log.warn({ err: error }, 'old idempotency keys were not deleted; it will try again'),
      // Soon, for an instance that is replaced every day; at a random moment, because instances start together.
      MINUTE_MS * (1 + Math.random()),
    );
    const cancelling = new OutageLog(log, {
      fails: 'the reservations of a cancelled event were not cancelled; it will try again',
      works: 'reservations of cancelled events are cancelled again',
    });
    const cancelEvents = createEventCancellations(app, listener.changed);
    const stopCancelling = every(
      Math.min(SECOND_MS, settings.sweepIntervalMs),
      async () => {
        // Not for a round without any, which may succeed where others fail.
        if ((await cancelEvents(() => closing)) > 0) cancelling.worked();
      },
      (error) => cancelling.failed(error),
    );
    app.atClose(async () => {
      closing = true;
      await Promise.all([stopSweeping(), stopForgetting(), stopCancelling()]);
    });
    app.addHook('onClose', async () => void (await Promise.all([engine.idle(), idle()])));
  },
  {
    name: 'sales',
    dependencies: ['background', 'peers', 'database', 'redis', 'known-events', 'live', 'queue'],
  },
);
