import type { Db } from '../database/database.ts';

/** The stock of a ticket type, or `undefined` if the public knows no such type. */
export async function getAvailability(db: Db, ticketTypeId: string) {
  return await db
    .selectFrom('ticket_types')
    .select(['available_quantity', 'total_quantity'])
    .where('id', '=', ticketTypeId)
    .where('hidden', '=', false)
    .executeTakeFirst();
}
