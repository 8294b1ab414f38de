import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { statement } from '../../database/statements.ts';
import { queryOn } from '../../live/query.ts';

const seats = statement(new URL('./sql/seats.sql', import.meta.url));

/** Columns of JSON, as `sql/seats.sql` returns them. */
interface SeatsRow extends Record<string, string> {}

/** Every seat of an event, as the text of the answer: PostgreSQL has written the JSON of its columns already. */
export async function readSeats(db: Db, eventId: string): Promise<{ layout: number; text: string }> {
  const { rows } = await queryOn(db)<SeatsRow>(seats([eventId]));
  const [row] = rows as [SeatsRow];
  const columns = Object.entries(row).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  return { layout: Number(row.layout), text: `{"event_id":"${eventId}",${columns.join(',')}}` };
}

function blocksOf(db: Db, eventId: string) {
  return db
    .selectFrom('seat_blocks')
    .select(['id', 'reason', 'release_at', 'created_by', 'created_at'])
    .select(sql<number>`(SELECT count(*) FROM blocked_seats WHERE block_id = seat_blocks.id)`.as('seats'))
    .where('event_id', '=', eventId);
}

/** The blocks that have seats, in the order of their ids. */
export async function listSeatBlocks(db: Db, eventId: string, limit: number, after: string | undefined) {
  const rows = await blocksOf(db, eventId)
    .where('released_at', 'is', null)
    .$if(after !== undefined, (query) => query.where('id', '>', after as string))
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return { blocks: rows.slice(0, limit), more: rows.length > limit };
}

export async function readSeatBlock(db: Db, eventId: string, blockId: string) {
  return await blocksOf(db, eventId).where('id', '=', blockId).executeTakeFirst();
}

/** @returns the ids of its seats, in their order; `undefined` for a block that the event doesn't have */
export async function seatsOfBlock(db: Db, eventId: string, blockId: string): Promise<string[] | undefined> {
  if (!(await readSeatBlock(db, eventId, blockId))) return undefined;
  const rows = await db
    .selectFrom('blocked_seats')
    .select('seat_id')
    .where('block_id', '=', blockId)
    .orderBy('seat_id')
    .execute();
  return rows.map(({ seat_id }) => seat_id);
}
