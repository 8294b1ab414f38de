import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import type { EventList, EventWithTicketTypes } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';
import { eventKey } from '../plugins/answers/response-cache.ts';
import { getEvent, listEvents } from './queries.ts';

const LIST_SECONDS = 30;
const EVENT_SECONDS = 10;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, db } = app;

  app.route({
    ...contract.listEvents,
    handler: (request, reply) => {
      const { page, limit } = request.query;
      const status = request.query.status === 'all' ? undefined : request.query.status;
      // Titles are in NFC; macOS sends Korean in NFD.
      const q = request.query.q?.normalize('NFC').trim();
      const key = `events:${JSON.stringify([status, q?.toLowerCase(), page, limit])}`;
      return answers.sendCached<EventList>(request, reply, { key, seconds: LIST_SECONDS }, () =>
        listEvents(db, { status, q, page, limit }),
      );
    },
  });

  app.route({
    ...contract.getEvent,
    handler: (request, reply) => {
      const { id } = request.params;
      return answers.sendCached<EventWithTicketTypes>(
        request,
        reply,
        { key: eventKey('event', id), seconds: EVENT_SECONDS },
        async () => {
          const event = await getEvent(db, id);
          if (!event) throw new Problem('EVENT_NOT_FOUND');
          return event;
        },
      );
    },
  });
};

export default routes;
