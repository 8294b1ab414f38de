import fp from 'fastify-plugin';
import { OutageLog } from '../../lib/outage-log.ts';
import { every } from '../../lib/repeat.ts';
import { publish } from './publish.ts';
import { sweepOutbox } from './sweep.ts';

/** Half of it is the mean delay of the feed. An empty round is one look into an index. */
const PUBLISH_EVERY_MS = 250;
const HOUR_MS = 3_600_000;

/** Publishes what was written, and forgets it after some days. */
export default fp<{ keptDays: number }>(
  async (app, { keptDays }) => {
    const { db, log } = app;
    const outages = new OutageLog(log, {
      fails: 'what happened is not published to webhooks and the feed; it will try again',
      works: 'what happened is published again',
    });
    let closing = false;
    const stopPublishing = every(
      PUBLISH_EVERY_MS,
      async () => {
        for (let more = true; more && !closing; ) {
          const round = await publish(db);
          // Not for a round without rows: it may succeed where a write fails.
          if (round.published > 0) outages.worked();
          more = round.more;
        }
      },
      (error) => outages.failed(error),
    );
    const stopSweeping = every(
      HOUR_MS,
      async () => {
        while (!closing && (await sweepOutbox(db, keptDays)).more);
      },
      (error) => log.warn({ err: error }, 'old rows of the outbox were not deleted; it will try again'),
      // At a random moment, because instances start together.
      (HOUR_MS / 30) * (1 + Math.random()),
    );
    app.atClose(async () => {
      closing = true;
      await Promise.all([stopPublishing(), stopSweeping()]);
    });
  },
  { name: 'outbox', dependencies: ['background', 'database'] },
);
