import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { Problem } from '../errors/problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Keeps Redis keys and rooms from being made for events that don't exist. Events never go away, so a known one stays
     * known; an unknown one is asked for again.
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
