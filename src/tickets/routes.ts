import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { getTicketAvailability, listTicketTypes as listTicketTypesRoute } from '../contract/routes.ts';
import type { TicketTypeList } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';
import { eventKey } from '../plugins/answers/response-cache.ts';
import { getAvailability, getTicketTypes } from './queries.ts';

const TICKET_TYPES_SECONDS = 10;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, db } = app;

  app.route({
    ...listTicketTypesRoute,
    handler: (request, reply) => {
      const { eventId } = request.params;
      const caching = { key: eventKey('ticket-types', eventId), seconds: TICKET_TYPES_SECONDS };
      return answers.sendCached<TicketTypeList>(request, reply, caching, async () => {
        const list = await getTicketTypes(db, eventId);
        if (!list) throw new Problem('EVENT_NOT_FOUND');
        return list;
      });
    },
  });

  app.route({
    ...getTicketAvailability,
    handler: async (request) => {
      const stock = await getAvailability(db, request.params.ticketTypeId);
      if (!stock) throw new Problem('TICKET_TYPE_NOT_FOUND');
      return stock;
    },
  });
};

export default routes;
