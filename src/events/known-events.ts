import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { Problem } from '../errors/problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Prevents Redis keys and rooms for events that don't exist. Events are never deleted, so an event once found needs no second
     * query.
     *
     * @throws Problem EVENT_NOT_FOUND
     */
    requireEvent(eventId: string): Promise<void>;
  }
}

export default fp(
  async (app) => {
    const known = new LRUCache<string, true>({
      max: 100_000,
      fetchMethod: async (eventId) => {
        const event = await app.db
          .selectFrom('events')
          .select('id')
          .where('id', '=', eventId)
          .executeTakeFirst();
        return event && true;
      },
    });
    app.decorate('requireEvent', async (eventId: string) => {
      if (!(await known.fetch(eventId))) throw new Problem('EVENT_NOT_FOUND');
    });
  },
  { name: 'known-events', dependencies: ['database'] },
);
