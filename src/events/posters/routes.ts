import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { getPoster } from '../../contract/routes.ts';

/** The address of a poster has its version, so that this answer to it stays true. */
const FOR_A_YEAR = 'public, max-age=31536000, immutable';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...getPoster,
    handler: async (request, reply) => {
      const { id } = request.params;
      await app.requireEvent(id, request.ip);
      const answer = await app.posters.answer(id, request.ip);
      // Frontends on other origins show it.
      reply.header('cross-origin-resource-policy', 'cross-origin');
      return app.answers.send(
        request,
        reply,
        answer,
        request.query.v === answer.version ? FOR_A_YEAR : undefined,
      ) as never;
    },
  });
};

export default routes;
