import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import type { AuditEntry } from '../../contract/schemas.ts';
import { invalid } from '../../errors/problem.ts';
import { listAuditLog } from './queries.ts';

/** A cursor is the id of the last entry of its page. */
const CURSOR = /^[1-9]\d{0,14}$/;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...contract.listAuditLog,
    handler: async (request) => {
      const { limit, cursor, from, to, ...filter } = request.query;
      if (cursor !== undefined && !CURSOR.test(cursor))
        throw invalid('querystring/cursor', 'must be the nextCursor of a page');
      const times = { from: moment('from', from), to: moment('to', to) };
      const before = cursor === undefined ? undefined : Number(cursor);
      const page = await listAuditLog(app.db, request.user, { ...filter, ...times }, limit, before);
      const last = page.entries.at(-1);
      return {
        entries: page.entries as AuditEntry[],
        nextCursor: page.more && last ? String(last.id) : null,
      };
    },
  });
};

/** A leap second is a time by RFC 3339, and none to JavaScript. The year 0 is none to PostgreSQL. */
function moment(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1 || time.getUTCFullYear() > 9999)
    throw invalid(`querystring/${name}`, 'must be a time between the years 1 and 9999');
  return time;
}

export default routes;
