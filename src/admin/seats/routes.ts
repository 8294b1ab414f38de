import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import type { OrganizerSeats } from '../../contract/schemas.ts';
import { fromCursor, nextCursor } from '../../lib/cursor.ts';
import { sendRevision } from '../revision.ts';
import { listSeatBlocks, readSeats } from './queries.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db } = app;

  app.route({
    ...contract.listOrganizerSeats,
    handler: async (request, reply) => {
      const { id } = request.params;
      await admin.requireEvent(db, request.user, id);
      const { layout, text } = await readSeats(db, id);
      sendRevision(reply, layout);
      reply.type('application/json; charset=utf-8');
      // Fastify sends a text as it is.
      return text as unknown as OrganizerSeats;
    },
  });

  app.route({
    ...contract.listSeatBlocks,
    handler: async (request) => {
      const { params, query, user } = request;
      const after = fromCursor(query.cursor);
      await admin.requireEvent(db, user, params.id);
      const { blocks, more } = await listSeatBlocks(db, params.id, query.limit, after);
      return { blocks, nextCursor: nextCursor(blocks, more) };
    },
  });
};

export default routes;
