import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import { messages, textFor } from '../language.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { queue } = app;
  const { threshold } = queue;
  app.addHook<{ Params: { eventId: string } }>('preHandler', (request) =>
    app.requireEvent(request.params.eventId),
  );

  app.route({
    ...contract.checkQueue,
    handler: async (request) => {
      const { state, currentUsers, ...line } = await queue.check(request.params.eventId, request.user.userId);
      return state === 'waiting'
        ? { queued: true, ...line, threshold, currentUsers }
        : { queued: false, threshold, currentUsers };
    },
  });

  app.route({
    ...contract.getQueueStatus,
    handler: async (request) => {
      const { state, ...standing } = await queue.status(request.params.eventId, request.user.userId);
      return { queued: state === 'waiting', ...standing, threshold };
    },
  });

  app.route({
    ...contract.leaveQueue,
    handler: async (request) => {
      await queue.leave(request.params.eventId, request.user.userId);
      return { message: textFor(request, messages.leftQueue) };
    },
  });

  app.route({
    ...contract.getQueueAdmin,
    handler: async (request) => {
      const { eventId } = request.params;
      const { queueSize, currentUsers } = await queue.overview(eventId);
      return {
        eventId,
        queueSize,
        currentUsers,
        threshold,
        available: Math.max(0, threshold - currentUsers),
      };
    },
  });

  app.route({
    ...contract.clearQueue,
    handler: async (request) => {
      await queue.clear(request.params.eventId);
      return { message: textFor(request, messages.clearedQueue) };
    },
  });
};

export default routes;
