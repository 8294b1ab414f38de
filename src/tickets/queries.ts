import type { Db } from '../database/database.ts';

/** The stock of a ticket type, or `undefined` if the public knows no such type. */
export async function getAvailability(db: Db, ticketTypeId: string) {
  return await db
    .selectFrom('ticket_types as t')
    .innerJoin('events as e', 'e.id', 't.event_id')
    .select(['t.available_quantity', 't.total_quantity'])
    .where('t.id', '=', ticketTypeId)
    .where('t.hidden', '=', false)
    .where('e.status', '<>', 'draft')
    .executeTakeFirst();
}
