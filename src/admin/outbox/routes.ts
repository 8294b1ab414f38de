import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import { invalid } from '../../errors/problem.ts';
import { readOutbox } from './queries.ts';
import { isOutboxType } from './types.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...contract.readOutbox,
    handler: async (request) => {
      const { after, limit } = request.query;
      const types = request.query.types?.split(',');
      const unknown = types?.find((type) => !isOutboxType(type));
      if (unknown !== undefined)
        throw invalid('querystring/types', `must be types of events, not ${unknown}`);
      return await readOutbox(app.db, request.user, { after, limit, types });
    },
  });
};

export default routes;
