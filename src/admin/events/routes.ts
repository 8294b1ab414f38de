import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import { fromCursor, nextCursor } from '../../lib/cursor.ts';
import { textFor } from '../../lib/language.ts';
import { messages } from '../../lib/messages.ts';
import type { Change } from '../plugin.ts';
import { requireRevision, sendRevision } from '../revision.ts';
import { changeEvent, createEvent, deleteDraft, duplicateEvent } from './change.ts';
import { publishEvent, unpublishEvent } from './publish.ts';
import { getEvent, listEvents } from './queries.ts';

/** Events of organizers, from the draft on. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db } = app;

  /** A draft has no waiting room. A line that Redis keeps without an answer ends by itself. */
  const clearQueue = (eventId: string) =>
    app.queue
      .clear(eventId)
      .catch((error) => app.log.warn({ err: error, eventId }, 'the waiting room of a draft was not cleared'));

  app.route({
    ...contract.listOrganizerEvents,
    handler: async (request) => {
      const { status, q, refund_due, limit, cursor } = request.query;
      const { events, more } = await listEvents(db, request.user, {
        status: status === 'all' ? undefined : status,
        q: q?.normalize('NFC'),
        refundDue: refund_due === 'true',
        limit,
        after: fromCursor(cursor),
      });
      return { events, nextCursor: nextCursor(events, more) };
    },
  });

  app.route({
    ...contract.createEvent,
    handler: async (request, reply) => {
      const make = async (change: Change) => ({ event: await createEvent(change, request.body) });
      const answer = await admin.change(request, make, 201);
      sendRevision(reply, answer.event.revision);
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.getOrganizerEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      await admin.requireEvent(db, request.user, id);
      const event = await getEvent(db, id);
      sendRevision(reply, event.revision);
      return { event };
    },
  });

  app.route({
    ...contract.changeEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const answer = await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        const before = await getEvent(change.trx, id);
        requireRevision(request, before.revision);
        change.afterCommit(admin.refreshCatalogue);
        return { event: await changeEvent(change, before, request.body) };
      });
      sendRevision(reply, answer.event.revision);
      return answer;
    },
  });

  app.route({
    ...contract.deleteDraft,
    handler: async (request) => {
      const { id } = request.params;
      return await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        const poster = await change.trx
          .selectFrom('posters')
          .select('key')
          .where('event_id', '=', id)
          .executeTakeFirst();
        if (poster) change.afterCommit(() => app.posters.forget(poster.key));
        await deleteDraft(change, await getEvent(change.trx, id));
        return { message: textFor(request, messages.eventDeleted) };
      });
    },
  });

  app.route({
    ...contract.publishEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const answer = await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        change.afterCommit(admin.refreshCatalogue);
        return { event: await publishEvent(change, await getEvent(change.trx, id)) };
      });
      sendRevision(reply, answer.event.revision);
      return answer;
    },
  });

  app.route({
    ...contract.unpublishEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const answer = await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        change.afterCommit(admin.refreshCatalogue);
        change.afterCommit(() => clearQueue(id));
        return { event: await unpublishEvent(change, await getEvent(change.trx, id)) };
      });
      sendRevision(reply, answer.event.revision);
      return answer;
    },
  });

  app.route({
    ...contract.duplicateEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const make = async (change: Change) => {
        await admin.requireEvent(change.trx, request.user, id);
        return { event: await duplicateEvent(change, id) };
      };
      const answer = await admin.change(request, make, 201);
      sendRevision(reply, answer.event.revision);
      reply.code(201);
      return answer;
    },
  });
};

export default routes;
