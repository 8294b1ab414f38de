import type { Db } from '../database/database.ts';

/** The ticket types of an event, the dearest first, as the recorded answers have them; none for an event that doesn't exist. */
export async function listTicketTypes(db: Db, eventId: string) {
  return await db
    .selectFrom('ticket_types')
    .select(['id', 'name', 'price', 'total_quantity', 'available_quantity', 'description'])
    .where('event_id', '=', eventId)
    .orderBy('price', 'desc')
    .orderBy('id')
    .execute();
}

/** The stock of a ticket type, or `undefined`. */
export async function getAvailability(db: Db, ticketTypeId: string) {
  return await db
    .selectFrom('ticket_types')
    .select(['available_quantity', 'total_quantity'])
    .where('id', '=', ticketTypeId)
    .executeTakeFirst();
}
