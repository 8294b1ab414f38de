import fp from 'fastify-plugin';
import { every } from '../lib/repeat.ts';
import { forgetOldChanges } from './forget-old-changes.ts';
import { LiveEvents } from './live-events.ts';
import { queryOn } from './query.ts';
import type { Live } from './types.ts';

declare module 'fastify' {
  interface FastifyInstance {
    live: Live;
  }
}

const COMPARE_EVERY_MS = 1_000;
const MINUTE_MS = 60_000;

/** Seats and stock in memory, exactly as they were at a version, on every instance. */
export default fp(
  async (app) => {
    const { db, postgresHealth, announcements, log } = app;
    const live = new LiveEvents(
      { query: queryOn(db), isDatabaseUp: () => postgresHealth.up },
      (changes) => announcements.changed(changes),
      log,
    );
    announcements.onChanged((changes) => live.note(changes));
    app.decorate('live', live);

    // The health of PostgreSQL is logged elsewhere.
    const notCompared = (error: Error) =>
      log.debug({ err: error }, 'events in memory were not compared; it will try again');
    const stopComparing = every(COMPARE_EVERY_MS, () => live.compare(), notCompared);
    announcements.onHearing(() => void live.compare().catch(notCompared));
    let closing = false;
    const stopForgetting = every(
      MINUTE_MS,
      async () => {
        while (!closing && (await forgetOldChanges(db)).more);
      },
      (error) => log.warn({ err: error }, 'old changes of events were not deleted; it will try again'),
      // At a random moment, because instances start together.
      MINUTE_MS * Math.random(),
    );
    app.atClose(async () => {
      closing = true;
      await Promise.all([stopComparing(), stopForgetting()]);
    });
    app.addHook('onClose', async () => live.close());
  },
  { name: 'live', dependencies: ['background', 'database', 'realtime'] },
);
