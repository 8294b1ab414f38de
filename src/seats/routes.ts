import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import type { SeatLayoutList, SeatMap } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';
import { granted } from '../idempotency/plugin.ts';
import { textFor } from '../lib/language.ts';
import { messages } from '../lib/messages.ts';
import { eventKey } from '../plugins/answers/response-cache.ts';
import { tokensOf } from '../waiting-room/recovery/token-headers.ts';
import { getSeatMap, getSeatReservation, listSeatLayouts } from './queries.ts';

const LAYOUTS_SECONDS = 60;
const SEAT_MAP_SECONDS = 10;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, db } = app;

  app.route({
    ...contract.listSeatLayouts,
    handler: (request, reply) =>
      answers.sendCached<SeatLayoutList>(
        request,
        reply,
        { key: 'seat-layouts', seconds: LAYOUTS_SECONDS },
        async () => ({ layouts: await listSeatLayouts(db) }),
      ),
  });

  app.route({
    ...contract.getSeatMap,
    handler: (request, reply) => {
      const { eventId } = request.params;
      return answers.sendCached<SeatMap>(
        request,
        reply,
        { key: eventKey('seat-map', eventId), seconds: SEAT_MAP_SECONDS },
        async () => {
          const map = await getSeatMap(db, eventId);
          if (!map) throw new Problem('EVENT_NOT_FOUND');
          const { event, layout, seats } = map;
          if (!layout) throw new Problem('SEAT_MAP_NOT_FOUND');
          return { event, layout, seats };
        },
      );
    },
  });

  app.route({
    ...contract.reserveSeats,
    handler: async (request, reply) => {
      const answer = granted(
        await app.sales.hold({
          kind: 'seats',
          ...request.body,
          userId: request.user.userId,
          message: textFor(request, messages.seatsHeld),
          idempotency: request.idempotency,
          tokens: tokensOf(request),
        }),
      );
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.holdBestAvailable,
    handler: async (request, reply) => {
      const answer = granted(
        await app.sales.hold({
          kind: 'best',
          ...request.body,
          userId: request.user.userId,
          message: textFor(request, messages.seatsHeld),
          idempotency: request.idempotency,
          tokens: tokensOf(request),
        }),
      );
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.getSeatReservation,
    handler: async (request) => {
      const reservation = await getSeatReservation(db, request.user.userId, request.params.reservationId);
      if (!reservation) throw new Problem('RESERVATION_NOT_FOUND');
      return { reservation };
    },
  });
};

export default routes;
