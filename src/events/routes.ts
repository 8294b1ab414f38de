import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../contract/routes.ts';
import { Problem } from '../errors/problem.ts';
import { EventLists } from './lists.ts';
import { fold, normalize } from './search/fold.ts';

/** Characters of a search, after blanks and accents are put together. */
const MAX_QUERY = 100;

/** NFC makes up to three characters of one, so most searches needn't be counted. */
const isTooLong = (q: string) => q.length > MAX_QUERY / 3 && [...normalize(q)].length > MAX_QUERY;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers } = app;
  const lists = new EventLists(app.catalogue, app.searchBudget);

  app.route({
    ...contract.listEvents,
    handler: (request, reply) => {
      const { page, limit, q } = request.query;
      const status = request.query.status === 'all' ? undefined : request.query.status;
      if (q !== undefined && isTooLong(q)) {
        const message = `must NOT have more than ${MAX_QUERY} characters`;
        throw new Problem('VALIDATION_FAILED', { details: [{ path: 'querystring/q', message }] });
      }
      const wanted = q === undefined ? '' : fold(q);
      return answers.send(request, reply, lists.answer(request.ip, { status, wanted, page, limit }));
    },
  });

  app.route({
    ...contract.getEvent,
    handler: (request, reply) => {
      const answer = app.eventPages.answer('event', request.ip, request.params.id);
      return answer instanceof Promise
        ? answer.then((opened) => answers.send(request, reply, opened))
        : answers.send(request, reply, answer);
    },
  });
};

export default routes;
