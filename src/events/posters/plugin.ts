import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import type { PosterSettings } from '../../config/config.ts';
import { Problem } from '../../errors/problem.ts';
import type { Answer } from '../../plugins/answers/prepared-answer.ts';
import { openStore } from './stores/open-store.ts';
import type { PosterStore } from './stores/store.ts';

declare module 'fastify' {
  interface FastifyInstance {
    posters: Posters;
  }
}

/** Posters in memory: about 100 of the usual size. */
const BYTES = 32 * 1024 * 1024;

interface PosterAnswer extends Answer {
  /** The image, as the address of the poster names it. */
  version: string;
  size: number;
}

interface Posters {
  readonly store: PosterStore;
  /**
   * The poster from memory or from its store.
   *
   * @param address of the caller, whose reads of PostgreSQL are limited
   * @throws Problem POSTER_NOT_FOUND
   */
  answer(eventId: string, address: string): Promise<PosterAnswer>;
  /** Deletes an image that no event shows any more. A failure leaves it in its store, and a line in the log. */
  forget(key: string): Promise<void>;
}

/** The images that organizers upload. An instance forgets one when its event changes, which each of them learns within a second. */
export default fp<{ settings: PosterSettings }>(
  async (app, { settings }) => {
    const { log, publicReads } = app;
    const store = openStore(settings, app.db);
    const kept = new LRUCache<string, PosterAnswer>({ maxSize: BYTES, sizeCalculation: ({ size }) => size });
    const loading = new Map<string, Promise<PosterAnswer>>();
    /** Grows when events change, so that an image that was being read is not kept. */
    let changes = 0;
    app.catalogue.onChanged((eventIds) => {
      changes++;
      for (const id of eventIds) kept.delete(id);
    });

    async function load(eventId: string, address: string): Promise<PosterAnswer> {
      const before = changes;
      const answer = await publicReads.list(address, async (db) => {
        const poster = await db
          .selectFrom('posters')
          .select(['key', 'hash', 'type', 'size'])
          .where('event_id', '=', eventId)
          .executeTakeFirst();
        const bytes = poster && (await store.get(poster.key, db));
        if (!bytes) throw new Problem('POSTER_NOT_FOUND');
        const { hash: version, type, size } = poster;
        const image = { coding: 'identity', bytes } as const;
        return { version, size, type, etag: `W/"${version}"`, codings: [], represent: () => image };
      });
      if (changes === before) kept.set(eventId, answer);
      return answer;
    }

    app.decorate('posters', {
      store,
      async answer(eventId, address) {
        const known = kept.get(eventId);
        if (known) return known;
        const loaded = loading.get(eventId) ?? load(eventId, address).finally(() => loading.delete(eventId));
        loading.set(eventId, loaded);
        return await loaded;
      },
      async forget(key) {
        try {
          await store.delete(key);
        } catch (error) {
          log.warn({ err: error, key }, 'the image of an old poster was not deleted');
        }
      },
    } satisfies Posters as Posters);
  },
  { name: 'posters', dependencies: ['database', 'public-reads', 'catalogue'] },
);
