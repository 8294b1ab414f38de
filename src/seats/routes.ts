import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import type { EventChanges, SeatLayoutList } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';
import { granted } from '../idempotency/plugin.ts';
import { textFor } from '../lib/language.ts';
import { messages } from '../lib/messages.ts';
import { publicQuery } from '../live/query.ts';
import { prepare } from '../plugins/answers/prepared-answer.ts';
import { tokensOf } from '../waiting-room/recovery/token-headers.ts';
import { getSeatReservation, listSeatLayouts } from './queries.ts';

/** A hall that an operator changed is seen as soon as an event is. */
const LAYOUTS_SECONDS = 2;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, db, live, onlyKnownEvents, publicReads, seatMaps } = app;

  app.route({
    ...contract.listSeatLayouts,
    handler: (request, reply) =>
      answers.sendCached<SeatLayoutList>(
        request,
        reply,
        { key: 'seat-layouts', seconds: LAYOUTS_SECONDS },
        async () => ({ layouts: await publicReads.list(request.ip, listSeatLayouts) }),
      ),
  });

  app.route({
    ...contract.getSeatMap,
    preHandler: onlyKnownEvents,
    handler: async (request, reply) =>
      answers.send(request, reply, await seatMaps.map(request.params.eventId, request)),
  });

  app.route({
    ...contract.getSeatLayout,
    preHandler: onlyKnownEvents,
    handler: async (request, reply) =>
      answers.send(
        request,
        reply,
        await seatMaps.layout(request.params.eventId, request.ip),
        answers.edge.layout,
      ),
  });

  app.route({
    ...contract.getSeatStatuses,
    preHandler: onlyKnownEvents,
    handler: (request, reply) => {
      const answer = seatMaps.status(request.params.eventId, request.ip);
      return answer instanceof Promise
        ? answer.then((made) => answers.send(request, reply, made))
        : answers.send(request, reply, answer);
    },
  });

  app.route({
    ...contract.getEventChanges,
    preHandler: onlyKnownEvents,
    handler: async (request, reply) => {
      const { params, query, ip } = request;
      const changes = await live.changesSince(params.eventId, query.since, publicQuery(publicReads, ip));
      if (!changes) throw new Problem('CHANGES_GONE');
      const answer = prepare<EventChanges>(changes, `v${changes.from}-${changes.version}-${changes.layout}`);
      // From a cache, it could lack what the client misses, which would then ask for the same again.
      return answers.send(request, reply, answer, 'no-cache');
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
