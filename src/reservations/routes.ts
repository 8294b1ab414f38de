import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import { Problem } from '../errors.ts';
import { messages, textFor } from '../language.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { getReservation, listReservations } from './queries.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, sales } = app;

  app.route({
    ...contract.createReservation,
    handler: async (request, reply) => {
      const { userId } = request.user;
      const { eventId, items } = request.body;
      await app.requireEvent(eventId);
      await app.queue.requireEntry(eventId, userId);
      const reservation = await sales.buyTickets({ userId, eventId, items });
      reply.code(201);
      return {
        message: textFor(request, messages.reserved),
        reservation,
      };
    },
  });

  app.route({
    ...contract.listMyReservations,
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const after = cursor === undefined ? undefined : fromCursor(cursor);
      const { reservations, more } = await listReservations(db, request.user.userId, limit, after);
      const last = reservations.at(-1);
      return { reservations, nextCursor: more && last ? toCursor(last.id) : null };
    },
  });

  app.route({
    ...contract.getReservation,
    handler: async (request) => {
      const reservation = await getReservation(db, request.user.userId, request.params.id);
      if (!reservation) throw new Problem('RESERVATION_NOT_FOUND');
      return { reservation };
    },
  });

  app.route({
    ...contract.cancelReservation,
    handler: async (request) => {
      await sales.cancel(request.user.userId, request.params.id);
      return { message: textFor(request, messages.cancelled) };
    },
  });
};

export default routes;
