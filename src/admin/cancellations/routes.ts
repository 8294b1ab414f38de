import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import type { Change } from '../plugin.ts';
import { sendRevision } from '../revision.ts';
import { cancelEvent, getEventCancellation } from './cancel-event.ts';
import { postponeEvent } from './postpone-event.ts';

/** How organizers cancel or postpone an event. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db } = app;

  app.route({
    ...contract.cancelEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const make = async (change: Change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        change.afterCommit(admin.refreshCatalogue);
        return await cancelEvent(change, id, request.body.reason.normalize('NFC'));
      };
      const answer = await admin.change(request, make, 202);
      reply.code(202);
      return answer;
    },
  });

  app.route({
    ...contract.getEventCancellation,
    handler: async (request) => {
      const { id } = request.params;
      await admin.requireEvent(db, request.user, id);
      return { cancellation: await getEventCancellation(db, id) };
    },
  });

  app.route({
    ...contract.postponeEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const answer = await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        change.afterCommit(admin.refreshCatalogue);
        return await postponeEvent(change, id, request.body);
      });
      sendRevision(reply, answer.event.revision);
      return answer;
    },
  });
};

export default routes;
