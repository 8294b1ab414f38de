import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { actorOf } from '../audit/record.ts';
import * as contract from '../contract/routes.ts';
import type { Confirmation, Refund } from '../contract/schemas.ts';
import type { Db } from '../database/database.ts';
import { Problem } from '../errors/problem.ts';
import { granted } from '../idempotency/plugin.ts';
import { fromCursor, nextCursor } from '../lib/cursor.ts';
import { textFor } from '../lib/language.ts';
import { messages } from '../lib/messages.ts';
import type { Cancelled } from '../sales/lifecycle/cancel.ts';
import type { Extended } from '../sales/lifecycle/extend.ts';
import type { FoundReservation } from '../sales/lifecycle/find-reservations.ts';
import { tokensOf } from '../waiting-room/recovery/token-headers.ts';
import { cancellation } from './cancellation.ts';
import { getPayment, getReservation, listRefundsDue, listReservations } from './queries.ts';

const routes: FastifyPluginAsyncTypebox<{ extendSeconds: number }> = async (app, { extendSeconds }) => {
  const { db, sales } = app;

  app.route({
    ...contract.createReservation,
    handler: async (request, reply) => {
      const answer = granted(
        await sales.hold({
          kind: 'tickets',
          ...request.body,
          userId: request.user.userId,
          message: textFor(request, messages.reserved),
          idempotency: request.idempotency,
          tokens: tokensOf(request),
        }),
      );
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.listMyReservations,
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const after = fromCursor(cursor);
      return paged(await listReservations(db, request.user.userId, limit, after));
    },
  });

  app.route({
    ...contract.getReservation,
    handler: async (request) => {
      const reservation = await getReservation(db, request.user.userId, request.params.id, extendSeconds);
      if (!reservation) throw new Problem('RESERVATION_NOT_FOUND');
      return { reservation };
    },
  });

  app.route({
    ...contract.cancelReservation,
    handler: async (request) => {
      const { user, idempotency, body, params } = request;
      const answer = (cancelled: Cancelled) => cancellation(request, cancelled);
      return granted(
        await sales.cancel({ userId: user.userId, idempotency }, params.id, body?.items, answer),
      );
    },
  });

  app.route({
    ...contract.extendReservation,
    handler: async (request) => {
      const { idempotency, params } = request;
      const caller = { userId: request.user.userId, idempotency, tokens: tokensOf(request) };
      const message = textFor(request, messages.extended);
      const answer = (reservation: Extended) => ({ message, reservation });
      return granted(await sales.extend(caller, params.id, answer));
    },
  });

  app.route({
    ...contract.confirmReservation,
    handler: async (request) => {
      const { user, idempotency } = request;
      const { id } = request.params;
      const { paymentId, paymentMethod } = request.body;
      const message = textFor(request, messages.confirmed);
      const answer = (before: FoundReservation): Confirmation => {
        // Noting a payment again changes nothing: the answer is the reservation as it is.
        const repeated = before.payment_id === paymentId;
        return {
          message,
          reservation: {
            id,
            reservation_number: before.reservation_number,
            status: repeated ? before.status : 'confirmed',
            payment_status: repeated ? before.payment_status : 'completed',
            refund_due: repeated && before.refund_due,
            payment_method: (repeated && before.payment_method) || paymentMethod,
            paymentId,
            total_amount: before.total_amount,
          },
        };
      };
      const payment = { reservationId: id, ...request.body };
      return granted(await sales.confirm({ userId: user.userId, idempotency }, payment, answer));
    },
  });

  app.route({
    ...contract.noteRefund,
    handler: async (request) => {
      const { user, idempotency } = request;
      const { id } = request.params;
      const refundId = request.body?.refundId;
      const message = textFor(request, messages.refunded);
      const answer = async (trx: Db): Promise<Refund> => {
        const reservation = await getPayment(trx, id);
        if (!reservation) throw new Problem('RESERVATION_NOT_FOUND');
        return { message, reservation };
      };
      const caller = { userId: user.userId, idempotency };
      return granted(await sales.noteRefund(caller, id, { actor: actorOf(request), refundId }, answer));
    },
  });

  app.route({
    ...contract.getPayment,
    handler: async (request) => {
      const reservation = await getPayment(db, request.params.id);
      if (!reservation) throw new Problem('RESERVATION_NOT_FOUND');
      return { reservation };
    },
  });

  app.route({
    ...contract.listRefundsDue,
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const after = fromCursor(cursor);
      return paged(await listRefundsDue(db, limit, after));
    },
  });
};

function paged<Row extends { id: string }>({ reservations, more }: { reservations: Row[]; more: boolean }) {
  return { reservations, nextCursor: nextCursor(reservations, more) };
}

export default routes;
