import { setTimeout as sleep } from 'node:timers/promises';
import fp from 'fastify-plugin';
import type { SaleSettings } from '../../config/config.ts';
import { OutageLog } from '../../lib/outage-log.ts';
import { every } from '../../lib/repeat.ts';
import { releaseCompanions } from './release-companions.ts';
import { releaseDue } from './release-seats.ts';

/** Releases blocked seats and companion seats when their time comes, on whichever instance is first. */
export default fp<{ settings: Pick<SaleSettings, 'sweepIntervalMs'> }>(
  async (app, { settings }) => {
    const releasing = new OutageLog(app.log, {
      fails: 'blocked seats were not released at their time; it will try again',
      works: 'blocked seats are released at their time again',
    });
    let closing = false;
    const stop = every(
      settings.sweepIntervalMs,
      async () => {
        await releaseCompanions(app.db);
        for (let more = true; more && !closing; ) {
          const begun = performance.now();
          const released = await releaseDue(app.db);
          if (released.seats > 0) releasing.worked();
          app.live.publish(released.changes);
          more = released.more;
          // As the sweep of holds: selling goes on while a whole hall is released.
          if (more) await sleep((performance.now() - begun) / 2);
        }
      },
      (error) => releasing.failed(error),
    );
    app.atClose(async () => {
      closing = true;
      await stop();
    });
  },
  { name: 'blocks', dependencies: ['background', 'database', 'live'] },
);
