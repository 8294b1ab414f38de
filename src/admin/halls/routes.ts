import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import * as contract from '../../contract/routes.ts';
import type { LayoutChange, OrganizerLayout } from '../../contract/schemas.ts';
import { Problem } from '../../errors/problem.ts';
import { fromCursor, nextCursor } from '../../lib/cursor.ts';
import { textFor } from '../../lib/language.ts';
import { messages } from '../../lib/messages.ts';
import { requireRevision, sendRevision } from '../revision.ts';
import { changeLayout, createLayout, deleteLayout } from './change.ts';
import { readCsv } from './csv.ts';
import { type Places, placesOfSeats, placesOfSections } from './places.ts';
import { getLayout, listLayouts, listSeats } from './queries.ts';

/** 100,000 seats in JSON with all fields. */
const BODY_BYTES = 16 * 1024 * 1024;

/** Halls of organizers: by sections, or seat by seat. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db } = app;
  await app.register(csvRoute);

  app.route({
    ...contract.listLayouts,
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const after = fromCursor(cursor);
      const { layouts, more } = await listLayouts(db, limit, after);
      return { layouts, nextCursor: nextCursor(layouts, more) };
    },
  });

  app.route({
    ...contract.createLayout,
    bodyLimit: BODY_BYTES,
    handler: async (request, reply) => {
      const { name, description } = request.body;
      const places = await placesOf(request.body);
      if (!places) throw eitherOr();
      const answer = await admin.change(
        request,
        async (change) => ({ layout: await createLayout(change, { name, description }, places) }),
        201,
      );
      return created(reply, answer);
    },
  });

  app.route({
    ...contract.getLayout,
    handler: async (request, reply) => {
      const layout = await getLayout(db, request.params.id);
      sendRevision(reply, layout.revision);
      return { layout };
    },
  });

  app.route({
    ...contract.listLayoutSeats,
    handler: async (request) => {
      const { params, query } = request;
      await getLayout(db, params.id);
      return await listSeats(db, params.id, query.limit, query.after);
    },
  });

  app.route({
    ...contract.changeLayout,
    bodyLimit: BODY_BYTES,
    handler: async (request, reply) => {
      const { id } = request.params;
      const places = await placesOf(request.body);
      const answer = await admin.change(request, async (change) => {
        const before = await getLayout(change.trx, id, true);
        requireRevision(request, before.revision);
        return { layout: await changeLayout(change, before, request.body, places) };
      });
      sendRevision(reply, answer.layout.revision);
      return answer;
    },
  });

  app.route({
    ...contract.deleteLayout,
    handler: async (request) =>
      await admin.change(request, async (change) => {
        await deleteLayout(change, await getLayout(change.trx, request.params.id, true));
        return { message: textFor(request, messages.layoutDeleted) };
      }),
  });
};

/** The one operation that takes CSV, and no JSON. */
async function csvRoute(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('text/csv', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(body);
    } catch (cause) {
      throw new Problem('MALFORMED_BODY', { cause });
    }
  });
  (app as Parameters<typeof routes>[0]).route({
    ...contract.createLayoutFromCsv,
    bodyLimit: BODY_BYTES,
    handler: async (request, reply) => {
      const { name, description } = request.query;
      const { places, lines } = await readCsv(request.body);
      const checked = await placesOfSeats(places, (index) => `body/line/${lines[index]}`);
      const answer = await app.admin.change(
        request,
        async (change) => ({ layout: await createLayout(change, { name, description }, checked) }),
        201,
      );
      return created(reply, answer);
    },
  });
}

function created<Answer extends { layout: OrganizerLayout }>(
  reply: Pick<FastifyReply, 'code' | 'header'>,
  answer: Answer,
): Answer {
  sendRevision(reply, answer.layout.revision);
  reply.code(201);
  return answer;
}

/** @returns `undefined` if the body has no seats. @throws Problem VALIDATION_FAILED */
async function placesOf({
  sections,
  seats,
}: Pick<LayoutChange, 'sections' | 'seats'>): Promise<Places | undefined> {
  if (sections && seats) throw eitherOr();
  if (seats) return await placesOfSeats(seats, (index) => `body/seats/${index}`);
  return sections && placesOfSections(sections);
}

function eitherOr(): Problem {
  return new Problem('VALIDATION_FAILED', {
    details: [{ path: 'body', message: 'must have either sections or seats' }],
  });
}

export default routes;
