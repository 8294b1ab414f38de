import type { Db } from '../database/database.ts';

/** The ticket types of an event, the most expensive first, in the order of the recorded answers. None for an unknown event. */
export async function listTicketTypes(db: Db, eventId: string) {
  return await db
    .selectFrom('ticket_types')
    .select(['id', 'name', 'price', 'total_quantity', 'available_quantity', 'description'])
    .where('event_id', '=', eventId)
    .orderBy('price', 'desc')
    .orderBy('id')
    .execute();
}

/** The stock of a ticket type, or `undefined` if there is no such type. */
export async function getAvailability(db: Db, ticketTypeId: string) {
  return await db
    .selectFrom('ticket_types')
    .select(['available_quantity', 'total_quantity'])
    .where('id', '=', ticketTypeId)
    .executeTakeFirst();
}
