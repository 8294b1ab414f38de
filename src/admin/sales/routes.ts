import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import { getSalesOverview } from './overview.ts';
import { Reports } from './reports.ts';
import { getSalesSeries, periodOf } from './series.ts';

/** Each client asks again, and gets a 304 if nothing has changed. */
const REVALIDATE = 'private, no-cache';

/** What an event sells, for its organizer. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, answers, db, reads } = app;
  const reports = new Reports();

  app.route({
    ...contract.getSalesOverview,
    handler: async (request, reply) => {
      const { id } = request.params;
      await admin.requireEvent(db, request.user, id);
      const answer = await reports.get(`overview:${id}`, () =>
        reads.report((reportDb) => getSalesOverview(reportDb, id)),
      );
      await answers.send(request, reply, answer, REVALIDATE);
      return reply;
    },
  });

  app.route({
    ...contract.getSalesSeries,
    handler: async (request, reply) => {
      const { id } = request.params;
      const { by, from, to } = request.query;
      await admin.requireEvent(db, request.user, id);
      const period = periodOf(by, from, to);
      const key = `series:${id}:${by}:${from}:${to}`;
      const answer = await reports.get(key, () =>
        reads.report((reportDb) => getSalesSeries(reportDb, id, by, period)),
      );
      await answers.send(request, reply, answer, REVALIDATE);
      return reply;
    },
  });
};

export default routes;
