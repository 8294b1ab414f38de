import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import type { Change } from '../plugin.ts';
import { cancelEvent, getEventCancellation } from './cancel-event.ts';

/** How organizers end an event. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db } = app;

  /** The caller of a change sees it in their next request. The other instances have it within a second. */
  const refresh = () =>
    app.catalogue
      .refresh()
      .catch((error) => app.log.warn({ err: error }, 'the catalogue will be read a second later'));

  app.route({
    ...contract.cancelEvent,
    handler: async (request, reply) => {
      const { id } = request.params;
      const make = async (change: Change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        change.afterCommit(refresh);
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
};

export default routes;
