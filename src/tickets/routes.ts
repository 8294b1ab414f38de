import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { getTicketAvailability, listTicketTypes as listTicketTypesRoute } from '../contract/routes.ts';
import { Problem } from '../errors/problem.ts';
import { getAvailability } from './queries.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, publicReads } = app;

  app.route({
    ...listTicketTypesRoute,
    handler: (request, reply) => {
      const answer = app.eventPages.answer('ticketTypes', request.ip, request.params.eventId);
      return answer instanceof Promise
        ? answer.then((opened) => answers.send(request, reply, opened))
        : answers.send(request, reply, answer);
    },
  });

  app.route({
    ...getTicketAvailability,
    handler: async (request) => {
      const { ticketTypeId } = request.params;
      const stock = await publicReads.read(request.ip, (db) => getAvailability(db, ticketTypeId));
      if (!stock) throw new Problem('TICKET_TYPE_NOT_FOUND');
      return stock;
    },
  });
};

export default routes;
