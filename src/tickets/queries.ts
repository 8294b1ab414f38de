import type { TicketType, TicketTypeList } from '../contract/schemas.ts';
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

/** The ticket types of an event in the same order, with the version of the event that they belong to. */
export async function getTicketTypes(db: Db, eventId: string): Promise<TicketTypeList | undefined> {
  // One statement, so that version and stock are of the same moment. An event without ticket types has one row without them.
  const rows = await db
    .selectFrom('event_seats as e')
    .leftJoin('ticket_types as t', 't.event_id', 'e.event_id')
    .select([
      'e.version',
      't.id',
      't.name',
      't.price',
      't.total_quantity',
      't.available_quantity',
      't.description',
    ])
    .where('e.event_id', '=', eventId)
    .orderBy('t.price', 'desc')
    .orderBy('t.id')
    .execute();
  const ticketTypes = rows
    .filter(({ id }) => id !== null)
    .map(({ version: _, ...type }) => type as TicketType);
  return rows[0] && { version: rows[0].version, ticketTypes };
}

/** The stock of a ticket type, or `undefined` if there is no such type. */
export async function getAvailability(db: Db, ticketTypeId: string) {
  return await db
    .selectFrom('ticket_types')
    .select(['available_quantity', 'total_quantity'])
    .where('id', '=', ticketTypeId)
    .executeTakeFirst();
}
