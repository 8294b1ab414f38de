import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import { newReservationNumber } from '../../../src/sales/group-commit/reservation-number.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { expectInvariants } from '../../support/invariants.ts';

const PRICE = 1_000;

/** What PostgreSQL says when it refuses a statement. */
export const SQLSTATE = { integrity: '23000', foreignKey: '23503', unique: '23505', check: '23514' };

interface Wanted {
  seats?: string[];
  tickets?: [id: string, quantity: number][];
}

type PlainSql = ReturnType<typeof usePlainSql>;
export type Begun = Awaited<ReturnType<PlainSql['begin']>>;

/**
 * Statements that go around the service, as a mistake in the code or an operator's console would send them. The calling file gets
 * a database of its own, whose invariants are checked after each test. It is empty again then, so that each failure stays alone.
 */
export function usePlainSql() {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    try {
      await expectInvariants(database.db);
    } finally {
      await database.clear();
    }
  });
  afterAll(() => database.drop());

  return {
    get db(): Db {
      return database.db;
    },
    claim: (eventId: string, wanted: Wanted) => claim(database.db, eventId, wanted),
    addClaim: (reservationId: string, seatId: string) =>
      sql`INSERT INTO reservation_items (reservation_id, position, seat_id, quantity, unit_price) VALUES (${reservationId}, 9, ${seatId}, 1, 0)`,
    block: (eventId: string, seatId: string) => block(database.db, eventId, seatId),
    release: (reservationId: string) =>
      sql`UPDATE reservation_items SET released_at = now() WHERE reservation_id = ${reservationId}`,
    turn: (reservationId: string, status: string) => sql`
      UPDATE reservations SET status = ${status},
        payment_status = CASE ${status} WHEN 'confirmed' THEN 'completed' ELSE payment_status END,
        paid_at = CASE ${status} WHEN 'confirmed' THEN now() ELSE paid_at END,
        refund_due = ${status} IN ('cancelled', 'expired') AND payment_status = 'completed'
      WHERE id = ${reservationId}`,

    async seatStatus(id: string) {
      const seat = database.db.selectFrom('seats').select('status').where('id', '=', id);
      return (await seat.executeTakeFirstOrThrow()).status;
    },
    async available(ticketTypeId: string) {
      const type = database.db
        .selectFrom('ticket_types')
        .select('available_quantity')
        .where('id', '=', ticketTypeId);
      return (await type.executeTakeFirstOrThrow()).available_quantity;
    },
    async statusOf(reservationId: string) {
      const row = database.db.selectFrom('reservations').select('status').where('id', '=', reservationId);
      return (await row.executeTakeFirstOrThrow()).status;
    },

    /** An event with four seats and a stock of five, and a reservation of one seat and two tickets. */
    async begin() {
      const { eventId, seatIds, ticketTypeIds } = await seedEvent(database.db, { seats: 4, stock: [5] });
      const [seat, free] = seatIds as [string, string];
      const [type] = ticketTypeIds as [string];
      const reservation = await claim(database.db, eventId, { seats: [seat], tickets: [[type, 2]] });
      return { eventId, seat, free, type, reservation };
    },
  };
}

/** Makes a reservation and its claims in one statement. */
export async function claim(db: Db, eventId: string, { seats = [], tickets = [] }: Wanted): Promise<string> {
  const id = randomUUID();
  const claims = [
    ...seats.map((seat) => [seat, null, 1]),
    ...tickets.map(([type, quantity]) => [null, type, quantity]),
  ];
  const total = claims.reduce((sum, [, , quantity]) => sum + PRICE * (quantity as number), 0);
  await sql`
    WITH reserved AS (
      INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at)
      VALUES (${id}, ${newReservationNumber()}, ${randomUUID()}, ${eventId}, ${total}, now() + interval '5 minutes'))
    INSERT INTO reservation_items (reservation_id, position, seat_id, ticket_type_id, quantity, unit_price)
    SELECT ${id}, n, (c ->> 0)::uuid, (c ->> 1)::uuid, (c ->> 2)::integer, ${PRICE}::integer
    FROM jsonb_array_elements(${JSON.stringify(claims)}::jsonb) WITH ORDINALITY AS claims (c, n)`.execute(db);
  return id;
}

/** Blocks a seat, in a block of its own. @returns the block */
export async function block(db: Db, eventId: string, seatId: string): Promise<string> {
  const id = randomUUID();
  await sql`
    WITH block AS (INSERT INTO seat_blocks (id, event_id, reason) VALUES (${id}, ${eventId}, '초대석'))
    INSERT INTO blocked_seats (seat_id, block_id) VALUES (${seatId}, ${id})`.execute(db);
  return id;
}
