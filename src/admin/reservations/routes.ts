import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import { Problem } from '../../errors/problem.ts';
import { fromCursor, nextCursor } from '../../lib/cursor.ts';
import { cancellation } from '../../reservations/cancellation.ts';
import { cancelForBuyer } from './cancel.ts';
import { historyOf } from './history.ts';
import { findReservations, getReservationForOrganizer, listEventReservations } from './queries.ts';

/** The reservations of an event, for its organizer. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db } = app;

  app.route({
    ...contract.listEventReservations,
    handler: async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const { id } = request.params;
      await admin.requireEvent(db, request.user, id);
      const after = fromCursor(cursor);
      const { reservations, more } = await listEventReservations(db, id, filter, { limit, after });
      return { reservations, nextCursor: nextCursor(reservations, more) };
    },
  });

  app.route({
    ...contract.findReservations,
    handler: async (request) => {
      const { userId, role } = request.user;
      const createdBy = role === 'admin' ? undefined : userId;
      return { reservations: await findReservations(db, request.query.number, createdBy) };
    },
  });

  app.route({
    ...contract.getReservationHistory,
    handler: async (request) => {
      const reservation = await getReservationForOrganizer(db, request.params.id);
      if (!reservation) throw new Problem('RESERVATION_NOT_FOUND');
      await admin.requireEvent(db, request.user, reservation.event_id);
      return { reservation: { ...reservation, history: await historyOf(db, reservation) } };
    },
  });

  app.route({
    ...contract.cancelForBuyer,
    handler: async (request) => {
      const { reason, items } = request.body;
      return await admin.change(request, async (change) => {
        const reservation = await getReservationForOrganizer(change.trx, request.params.id);
        if (!reservation) return 'RESERVATION_NOT_FOUND';
        await admin.requireEvent(change.trx, request.user, reservation.event_id);
        const cancelled = await cancelForBuyer(app.sales, change, reservation, reason, items);
        return typeof cancelled === 'string' ? cancelled : cancellation(request, cancelled);
      });
    },
  });
};

export default routes;
