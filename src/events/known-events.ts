import type { HookHandlerDoneFunction } from 'fastify';
import fp from 'fastify-plugin';
import type { Db } from '../database/database.ts';
import { Problem } from '../errors/problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Prevents Redis keys and rooms for events that don't exist, or are drafts. An event that was published in the last second is found in
     * PostgreSQL.
     *
     * @param address of a caller without an account, whose reads of PostgreSQL are limited
     * @throws Problem EVENT_NOT_FOUND
     */
    requireEvent(eventId: string, address?: string): Promise<void>;
    /** The same as a hook before the handlers of paths with an `eventId`. It makes no promise for an event in memory, which takes 1 µs. */
    onlyKnownEvents(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void;
  }
}

export default fp(
  async (app) => {
    const exists = async (db: Db, eventId: string) => {
      const event = await db
        .selectFrom('events')
        .select('id')
        .where('id', '=', eventId)
        .where('status', '<>', 'draft')
        .executeTakeFirst();
      return event !== undefined;
    };
    app.decorate('requireEvent', async (eventId: string, address?: string) => {
      if (app.catalogue.current().get(eventId)) return;
      const isFound =
        address === undefined
          ? await exists(app.db, eventId)
          : await app.publicReads.read(address, (db) => exists(db, eventId));
      if (!isFound) throw new Problem('EVENT_NOT_FOUND');
    });
    app.decorate('onlyKnownEvents', (request, _reply, done) => {
      const { eventId } = request.params as { eventId: string };
      if (app.catalogue.current().get(eventId)) return done();
      app.requireEvent(eventId, request.user ? undefined : request.ip).then(() => done(), done);
    });
  },
  { name: 'known-events', dependencies: ['database', 'public-reads', 'catalogue'] },
);
