import { sql } from 'kysely';
import { createDatabase, type Db } from '../../../src/database/database.ts';
import type { Connection } from '../harness/postgres-server.ts';
import type { Dump } from './evidence.ts';

/** Reads all tables of the primary at one moment. */
export async function takeDump(primary: Connection): Promise<Dump> {
  const db = createDatabase({ ...primary, ssl: 'off', poolSize: 1 }, () => undefined);
  try {
    return await readAll(db);
  } finally {
    await db.destroy();
  }
}

async function readAll(db: Db): Promise<Dump> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const clock = await sql<{ now: string }>`SELECT now() AS now`.execute(trx);
      const reservations = await trx
        .selectFrom('reservations')
        .select([
          'id',
          'reservation_number',
          'user_id',
          'event_id',
          'total_amount',
          'status',
          'expires_at',
          'payment_id',
          'confirmed_at',
        ])
        .execute();
      const items = await trx
        .selectFrom('reservation_items')
        .select(['reservation_id', 'seat_id', 'ticket_type_id', 'quantity', 'unit_price', 'released_at'])
        .execute();
      const seats = await trx.selectFrom('seats').select(['id', 'event_id', 'status']).execute();
      const stock = await trx
        .selectFrom('ticket_types')
        .select(['id', 'total_quantity', 'available_quantity'])
        .execute();
      const refunds = await trx
        .selectFrom('refunds')
        .select(['id', 'reservation_id', 'payment_id', 'amount'])
        .execute();
      const cancellations = await trx
        .selectFrom('event_cancellations')
        .select(['event_id', 'done', 'finished_at'])
        .execute();
      const takenAt = Date.parse(clock.rows[0]?.now ?? '');
      return { takenAt, reservations, items, seats, stock, refunds, cancellations };
    });
}
