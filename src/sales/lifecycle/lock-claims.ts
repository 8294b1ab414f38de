import type { Db } from '../../database/database.ts';

/** Locks the seats and then the stock of a reservation, each in the order of their ids, as every transaction does. */
export async function lockClaims(trx: Db, reservationId: string): Promise<void> {
  const items = trx
    .selectFrom('reservation_items')
    .where('reservation_id', '=', reservationId)
    .whereRef('cancelled_quantity', '<', 'quantity');
  await trx
    .selectFrom('seats')
    .select('id')
    .where(
      'id',
      'in',
      items.select('seat_id').where('seat_id', 'is not', null).$castTo<{ seat_id: string }>(),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  await trx
    .selectFrom('ticket_types')
    .select('id')
    .where(
      'id',
      'in',
      items
        .select('ticket_type_id')
        .where('ticket_type_id', 'is not', null)
        .$castTo<{ ticket_type_id: string }>(),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}
