import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import { invalid } from '../../errors/problem.ts';
import { requireSelection, selectSeats } from '../../sales/blocks/select-seats.ts';
import { requireRevision, sendRevision } from '../revision.ts';
import {
  ADDED_AT_ONCE,
  addSeats,
  layoutOf,
  placeOf,
  placesOf,
  removeSection,
  SEATS_OF_EVENT,
  setPrices,
} from './edit-seats.ts';

/** Edits of the hall of an event, also of one that sells. The number of its layout grows, and every client reads it again. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin } = app;

  app.route({
    ...contract.setSeatPrices,
    handler: async (request, reply) => {
      const { params, user, body } = request;
      const { price, ...selection } = body;
      requireSelection(selection);
      const answer = await admin.change(request, async ({ trx, record }) => {
        await admin.requireEvent(trx, user, params.id, 'no key update');
        requireRevision(request, await layoutOf(trx, params.id));
        const seatIds = await selectSeats(trx, params.id, selection);
        if (!seatIds) return 'SEAT_NOT_FOUND';
        const { changed, before } = await setPrices(trx, params.id, seatIds, price);
        await record({
          action: 'seats.price',
          entityId: params.id,
          eventId: params.id,
          before: { ...selection, seats_by_price: before },
          after: { ...selection, seats_by_price: { [price]: changed } },
        });
        return { changed, layout: await layoutOf(trx, params.id) };
      });
      sendRevision(reply, answer.layout);
      return answer;
    },
  });

  app.route({
    ...contract.addSections,
    handler: async (request, reply) => {
      const { params, user, body } = request;
      const { sections = [], seats = [] } = body;
      const count = sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, seats.length);
      if (count === 0) throw invalid('body', 'must have sections or seats');
      if (count > ADDED_AT_ONCE) throw invalid('body', `must have at most ${ADDED_AT_ONCE} seats`);
      const answer = await admin.change(
        request,
        async ({ trx, record }) => {
          await admin.requireEvent(trx, user, params.id, 'no key update');
          const { total } = await trx
            .selectFrom('event_seats')
            .select('total')
            .where('event_id', '=', params.id)
            .executeTakeFirstOrThrow();
          if (total + count > SEATS_OF_EVENT)
            throw invalid('body', `an event must have at most ${SEATS_OF_EVENT} seats`);
          const places = [...sections.flatMap(placesOf), ...seats.map(placeOf)];
          const refusal = await addSeats(trx, params.id, places);
          if (refusal) return refusal;
          await record({
            action: 'seats.add',
            entityId: params.id,
            eventId: params.id,
            before: { seats: total },
            after: { seats: total + count, sections, places: seats },
          });
          return { added: count, layout: await layoutOf(trx, params.id) };
        },
        201,
      );
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.removeSection,
    handler: async (request) => {
      const { params, user } = request;
      return await admin.change(request, async ({ trx, record }) => {
        await admin.requireEvent(trx, user, params.id, 'no key update');
        const removed = await removeSection(trx, params.id, params.name);
        await record({
          action: 'seats.remove',
          entityId: params.id,
          eventId: params.id,
          before: { section: params.name, seats: removed },
        });
        return { removed, layout: await layoutOf(trx, params.id) };
      });
    },
  });
};

export default routes;
