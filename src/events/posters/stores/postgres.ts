import type { Db } from '../../../database/database.ts';
import type { PosterStore } from './store.ts';

export function postgresStore(db: Db): PosterStore {
  return {
    async put({ key, eventId, bytes }) {
      await db.insertInto('poster_images').values({ key, event_id: eventId, content: bytes }).execute();
    },
    async get(key, reader) {
      const row = await reader
        .selectFrom('poster_images')
        .select('content')
        .where('key', '=', key)
        .executeTakeFirst();
      return row?.content;
    },
    async delete(key) {
      await db.deleteFrom('poster_images').where('key', '=', key).execute();
    },
  };
}
