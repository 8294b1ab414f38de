import { sql } from 'kysely';
import type { OrganizerTicketType } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Changes } from '../../realtime/changes.ts';

/** The ticket types of an event as its organizer sees them, in the order of its page. */
export function listTicketTypes(db: Db, eventId: string): Promise<OrganizerTicketType[]> {
  return typesOf(db, eventId).orderBy('position').orderBy('price', 'desc').orderBy('id').execute();
}

/**
 * @param lock keeps it as it is until the transaction ends: sales of the type wait
 * @throws Problem TICKET_TYPE_NOT_FOUND
 */
export async function getTicketType(
  db: Db,
  eventId: string,
  id: string,
  lock?: 'no key update' | 'update',
): Promise<OrganizerTicketType> {
  let query = typesOf(db, eventId).where('id', '=', id);
  if (lock === 'update') query = query.forUpdate();
  if (lock === 'no key update') query = query.forNoKeyUpdate();
  const type = await query.executeTakeFirst();
  if (!type) throw new Problem('TICKET_TYPE_NOT_FOUND');
  return type;
}

function typesOf(db: Db, eventId: string) {
  return db
    .selectFrom('ticket_types')
    .select([
      'id',
      'event_id',
      'name',
      'description',
      'price',
      'total_quantity',
      'available_quantity',
      sql<number>`total_quantity - available_quantity`.as('claimed_quantity'),
      'sale_start_date',
      'sale_end_date',
      'min_quantity',
      'max_quantity',
      'quantity_step',
      'position',
      'hidden',
      'revision',
    ])
    .where('event_id', '=', eventId);
}

/** The stock of a type that this transaction has set, for the news after its commit. */
export async function stockOf(trx: Db, ticketTypeId: string): Promise<Changes> {
  const { event_id, available, event_version, ...stock } = await trx
    .selectFrom('ticket_types as t')
    .innerJoin('event_seats as e', 'e.event_id', 't.event_id')
    .select([
      't.event_id',
      'e.available',
      'e.version as event_version',
      't.id as ticketTypeId',
      't.available_quantity as availableQuantity',
      't.total_quantity as totalQuantity',
      't.version',
    ])
    .where('t.id', '=', ticketTypeId)
    .executeTakeFirstOrThrow();
  return {
    eventId: event_id,
    from: event_version - 1,
    version: event_version,
    availableSeats: available,
    seats: [],
    stock: [stock],
  };
}
