import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as contract from '../../contract/routes.ts';
import { Problem } from '../../errors/problem.ts';
import { exportStream } from './export-stream.ts';
import { csv, type Format, ndjson } from './formats.ts';
import { readRows } from './read-rows.ts';
import { reservationsTable, seatsTable, type Table } from './tables.ts';

/** Whole events as files. One export runs at a time on each instance, so that reports keep their connection and sales their speed. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db, reads } = app;
  let running = false;

  async function* texts(eventId: string, table: Table, format: Format) {
    yield format.header(table);
    const reportDb = await reads.exportFrom();
    for await (const rows of readRows(reportDb, table.rows(eventId))) yield format.rows(table, rows);
  }

  const handler = (table: Table, format: Format) => async (request: FastifyRequest, typedReply: object) => {
    const reply = typedReply as FastifyReply;
    const { id } = request.params as { id: string };
    await admin.requireEvent(db, request.user, id);
    reply
      .type(format.contentType)
      .header('content-disposition', `attachment; filename="${table.name}.${format.extension}"`);
    if (request.method === 'HEAD') return await reply.send();
    if (running) throw new Problem('SERVICE_UNAVAILABLE', { retryAfter: 5 });
    running = true;
    const stream = exportStream(texts(id, table, format));
    stream.once('close', () => {
      running = false;
    });
    return await reply.send(stream);
  };

  app.route({ ...contract.exportReservationsCsv, handler: handler(reservationsTable, csv) });
  app.route({ ...contract.exportReservationsNdjson, handler: handler(reservationsTable, ndjson) });
  app.route({ ...contract.exportSeatsCsv, handler: handler(seatsTable, csv) });
  app.route({ ...contract.exportSeatsNdjson, handler: handler(seatsTable, ndjson) });
};

export default routes;
