import fp from 'fastify-plugin';
import type { EventLimits } from '../../contract/schemas.ts';
import { EventPages } from '../event-pages.ts';
import { SyncedCatalogue } from './synced-catalogue.ts';

declare module 'fastify' {
  interface FastifyInstance {
    catalogue: SyncedCatalogue;
    eventPages: EventPages;
  }
}

/** Reads the catalogue before the instance listens: about 2 s for 50,000 events. */
export default fp<{ limits: EventLimits }>(
  async (app, { limits }) => {
    const catalogue = new SyncedCatalogue(app.publicDb, app.log);
    app.addHook('onClose', () => catalogue.stop());
    await catalogue.start();
    app.announcements.onChanged((changes) => catalogue.note(changes));
    app.decorate('catalogue', catalogue);
    app.decorate('eventPages', new EventPages(catalogue, app.live, app.publicReads, limits));
  },
  { name: 'catalogue', dependencies: ['database', 'realtime', 'live', 'public-reads'] },
);
