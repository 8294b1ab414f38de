import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import type { EventWithTicketTypes } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';
import { eventKey } from '../plugins/answers/response-cache.ts';
import { EventLists } from './lists.ts';
import { getEvent } from './queries.ts';
import { normalize } from './search/fold.ts';

/** Characters of a search, after blanks and accents are put together. */
const MAX_QUERY = 100;
const EVENT_SECONDS = 10;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, db } = app;
  const lists = new EventLists(app.catalogue);

  app.route({
    ...contract.listEvents,
    handler: (request, reply) => {
      const { page, limit, q } = request.query;
      const status = request.query.status === 'all' ? undefined : request.query.status;
      if (q !== undefined && [...normalize(q)].length > MAX_QUERY) {
        const message = `must NOT have more than ${MAX_QUERY} characters`;
        throw new Problem('VALIDATION_FAILED', { details: [{ path: 'querystring/q', message }] });
      }
      return answers.send(request, reply, lists.answer(request.ip, { status, q, page, limit }));
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
