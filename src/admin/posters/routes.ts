import { hash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { sql } from 'kysely';
import { deletePoster, uploadPoster } from '../../contract/routes.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { readImage } from '../../events/posters/image.ts';
import { textFor } from '../../lib/language.ts';
import { messages } from '../../lib/messages.ts';
import { newUuid } from '../../lib/uuid.ts';

const MAX_BYTES = 5 * 1024 * 1024;

/** Posters that organizers upload. `publicUrl` is the address of this service, for frontends on other origins. */
const routes: FastifyPluginAsyncTypebox<{ publicUrl: string | undefined }> = async (
  app,
  { publicUrl = '' },
) => {
  const { admin, db, posters } = app;
  const pathOf = (eventId: string) => `${publicUrl}/api/v1/events/${eventId}/poster?v=`;

  // Bytes of any type: what they are is read from themselves.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.route({
    ...uploadPoster,
    bodyLimit: MAX_BYTES,
    handler: async (request) => {
      const { id } = request.params;
      const { body } = request;
      // Before the image is read and stored. The transaction asks again.
      await admin.requireEvent(db, request.user, id);
      const image = Buffer.isBuffer(body) ? readImage(body) : undefined;
      const [declared] = (request.headers['content-type'] ?? '').split(';');
      if (!image || image.type !== declared?.trim().toLowerCase()) throw new Problem('POSTER_NOT_ACCEPTED');
      const bytes = body as Buffer;
      const key = newUuid();
      const version = hash('sha256', bytes, 'hex').slice(0, 32);
      const poster = { url: `${pathOf(id)}${version}`, ...image, size: bytes.length };
      await posters.store.put({ key, eventId: id, type: image.type, bytes });
      try {
        return await admin.change(request, async ({ trx, record, afterCommit }) => {
          await admin.requireEvent(trx, request.user, id, 'no key update');
          const before = await posterOf(trx, id);
          const values = { key, hash: version, ...image, size: bytes.length };
          await trx
            .insertInto('posters')
            .values({ event_id: id, ...values })
            .onConflict((known) =>
              known.column('event_id').doUpdateSet({ ...values, uploaded_at: sql`now()` }),
            )
            .execute();
          await setAddress(trx, id, poster.url);
          await record({
            action: 'event.poster',
            entityId: id,
            eventId: id,
            before: { poster_image_url: before.poster_image_url },
            after: { poster_image_url: poster.url },
          });
          if (before.key !== null) afterCommit(() => posters.forget(before.key as string));
          afterCommit(admin.refreshCatalogue);
          return { poster };
        });
      } catch (error) {
        // After any other error the change may be committed, and the event show the image.
        if (error instanceof Problem) await posters.forget(key);
        throw error;
      }
    },
  });

  app.route({
    ...deletePoster,
    handler: async (request) => {
      const { id } = request.params;
      return await admin.change(request, async ({ trx, record, afterCommit }) => {
        await admin.requireEvent(trx, request.user, id, 'no key update');
        const { key, hash: version, poster_image_url } = await posterOf(trx, id);
        if (key === null) throw new Problem('POSTER_NOT_FOUND');
        await trx.deleteFrom('posters').where('event_id', '=', id).execute();
        // PUBLIC_URL may have been another one at the upload.
        const isShown = poster_image_url?.endsWith(`/events/${id}/poster?v=${version}`) ?? false;
        await setAddress(trx, id, isShown ? null : poster_image_url);
        await record({
          action: 'event.poster',
          entityId: id,
          eventId: id,
          before: { poster_image_url },
          after: { poster_image_url: isShown ? null : poster_image_url },
        });
        afterCommit(() => posters.forget(key));
        afterCommit(admin.refreshCatalogue);
        return { message: textFor(request, messages.posterDeleted) };
      });
    },
  });
};

async function posterOf(trx: Db, eventId: string) {
  return await trx
    .selectFrom('events as e')
    .leftJoin('posters as p', 'p.event_id', 'e.id')
    .select(['e.poster_image_url', 'p.key', 'p.hash'])
    .where('e.id', '=', eventId)
    .executeTakeFirstOrThrow();
}

/** It also tells every instance that the event has changed. */
async function setAddress(trx: Db, eventId: string, url: string | null): Promise<void> {
  await trx
    .updateTable('events')
    .set({ poster_image_url: url, updated_at: sql<string>`now()` })
    .where('id', '=', eventId)
    .execute();
}

export default routes;
