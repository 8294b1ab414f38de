import { type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Begun, claim, SQLSTATE, usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

test.each<[string, string, (begun: Begun) => RawBuilder<unknown> | Promise<unknown>]>([
  [
    'a second live claim on a seat',
    SQLSTATE.unique,
    ({ eventId, seat }) => plain.claim(eventId, { seats: [seat] }),
  ],
  [
    'a seat twice in one reservation',
    SQLSTATE.unique,
    ({ eventId, free }) => plain.claim(eventId, { seats: [free, free] }),
  ],
  [
    'more tickets than are left',
    SQLSTATE.check,
    ({ eventId, type }) => plain.claim(eventId, { tickets: [[type, 4]] }),
  ],
  [
    'a claim of no tickets',
    SQLSTATE.check,
    ({ eventId, type }) => plain.claim(eventId, { tickets: [[type, 0]] }),
  ],
  [
    'a negative claim',
    SQLSTATE.check,
    ({ eventId, type }) => plain.claim(eventId, { tickets: [[type, -3]] }),
  ],
  [
    'a claimed seat marked as available',
    SQLSTATE.integrity,
    ({ seat }) => sql`UPDATE seats SET status = 'available' WHERE id = ${seat}`,
  ],
  [
    'an unclaimed seat marked as reserved',
    SQLSTATE.integrity,
    ({ free }) => sql`UPDATE seats SET status = 'reserved' WHERE id = ${free}`,
  ],
  [
    'a new seat that is reserved already',
    SQLSTATE.integrity,
    ({ eventId }) => sql`
      INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price, status)
      VALUES (${eventId}, 'B', 1, 1, 'B-1-1', 1, 'reserved')`,
  ],
  [
    'available stock above what claims leave',
    SQLSTATE.integrity,
    ({ type }) => sql`UPDATE ticket_types SET available_quantity = 5 WHERE id = ${type}`,
  ],
  [
    'available stock and total changed together',
    SQLSTATE.integrity,
    ({ type }) => sql`UPDATE ticket_types SET available_quantity = 9, total_quantity = 9 WHERE id = ${type}`,
  ],
  [
    'a total below the claimed stock',
    SQLSTATE.check,
    ({ type }) => sql`UPDATE ticket_types SET total_quantity = 1 WHERE id = ${type}`,
  ],
  [
    'a live claim deleted',
    SQLSTATE.integrity,
    ({ reservation }) => sql`DELETE FROM reservation_items WHERE reservation_id = ${reservation}`,
  ],
  [
    'a claim moved to another seat',
    SQLSTATE.integrity,
    ({ reservation, seat, free }) =>
      sql`UPDATE reservation_items SET seat_id = ${free} WHERE reservation_id = ${reservation} AND seat_id = ${seat}`,
  ],
  [
    'a claim with another quantity',
    SQLSTATE.integrity,
    ({ reservation, type }) =>
      sql`UPDATE reservation_items SET quantity = 1 WHERE reservation_id = ${reservation} AND ticket_type_id = ${type}`,
  ],
  [
    'a claim with another price',
    SQLSTATE.integrity,
    ({ reservation }) =>
      sql`UPDATE reservation_items SET unit_price = 1 WHERE reservation_id = ${reservation}`,
  ],
  [
    'a claim moved to another reservation',
    SQLSTATE.integrity,
    ({ reservation, eventId, free }) =>
      plain
        .claim(eventId, { seats: [free] })
        .then((other) =>
          sql`UPDATE reservation_items SET reservation_id = ${other} WHERE reservation_id = ${reservation}`.execute(
            plain.db,
          ),
        ),
  ],
  [
    'a claim renumbered as it is released',
    SQLSTATE.integrity,
    ({ reservation }) =>
      sql`UPDATE reservation_items SET position = position + 10, released_at = now() WHERE reservation_id = ${reservation}`,
  ],
  [
    'a new claim that is released already',
    SQLSTATE.integrity,
    ({ reservation, free }) => sql`
      INSERT INTO reservation_items (reservation_id, position, seat_id, quantity, unit_price, released_at)
      VALUES (${reservation}, 9, ${free}, 1, 1, now())`,
  ],
  [
    'a past claim that is live',
    SQLSTATE.integrity,
    ({ eventId, free }) =>
      plain.db.transaction().execute(async (trx) => {
        await sql`SET LOCAL tiketi.past_claims = 'on'`.execute(trx);
        await claim(trx, eventId, { seats: [free] });
      }),
  ],
  [
    'a past claim of a reservation that was there before',
    SQLSTATE.integrity,
    async ({ eventId, free }) => {
      const ended = await plain.claim(eventId, { seats: [free] });
      await plain.turn(ended, 'cancelled').execute(plain.db);
      return plain.db.transaction().execute(async (trx) => {
        await sql`SET LOCAL tiketi.past_claims = 'on'`.execute(trx);
        await sql`
          INSERT INTO reservation_items (reservation_id, position, seat_id, quantity, unit_price, released_at)
          VALUES (${ended}, 9, ${free}, 1, 1, now())`.execute(trx);
      });
    },
  ],
  [
    'a claim added after its reservation was made',
    SQLSTATE.integrity,
    ({ reservation, free }) => plain.addClaim(reservation, free),
  ],
  [
    'a number of available seats written by hand',
    SQLSTATE.integrity,
    ({ eventId }) => sql`UPDATE event_seats SET available = 4 WHERE event_id = ${eventId}`,
  ],
  [
    'a seat moved to another event',
    SQLSTATE.integrity,
    ({ free }) => sql`UPDATE seats SET event_id = gen_random_uuid() WHERE id = ${free}`,
  ],
  [
    'released claims of a live reservation',
    SQLSTATE.integrity,
    ({ reservation }) => plain.release(reservation),
  ],
  [
    'a confirmed reservation without a payment',
    SQLSTATE.check,
    ({ reservation }) => sql`UPDATE reservations SET status = 'confirmed' WHERE id = ${reservation}`,
  ],
  [
    'a due refund of a pending reservation',
    SQLSTATE.check,
    ({ reservation }) =>
      sql`UPDATE reservations SET refund_due = true, paid_at = now() WHERE id = ${reservation}`,
  ],
  [
    'a due refund of an unpaid reservation',
    SQLSTATE.check,
    ({ reservation }) =>
      sql`UPDATE reservations SET status = 'cancelled', refund_due = true WHERE id = ${reservation}`,
  ],
  [
    'a refunded pending reservation',
    SQLSTATE.check,
    ({ reservation }) => sql`UPDATE reservations SET payment_status = 'refunded' WHERE id = ${reservation}`,
  ],
  [
    'a payment that is refunded while its refund is due',
    SQLSTATE.check,
    ({ reservation }) =>
      sql`UPDATE reservations SET status = 'cancelled', payment_status = 'refunded', paid_at = now(), refund_due = true
        WHERE id = ${reservation}`,
  ],
  ['a claimed seat deleted', SQLSTATE.foreignKey, ({ seat }) => sql`DELETE FROM seats WHERE id = ${seat}`],
])('the schema refuses %s', async (_what, code, wrong) => {
  const begun = await plain.begin();
  const attempt = wrong(begun);
  await expect(attempt instanceof Promise ? attempt : attempt.execute(plain.db)).rejects.toMatchObject({
    code,
  });
  expect([await plain.seatStatus(begun.seat), await plain.available(begun.type)]).toEqual(['locked', 3]);
});
