import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import { newReservationNumber } from '../../../src/sales/group-commit/reservation-number.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { expectInvariants } from '../../support/invariants.ts';

/** Everything here goes around the service: plain SQL, as a mistake in the code or an operator's console would send it. */
let database: TestDatabase;
let db: Db;

// A database for each test: where the schema lets something wrong pass, only the test that found it fails.
beforeEach(async () => {
  database = await createTestDatabase();
  ({ db } = database);
});
afterEach(async () => {
  try {
    await expectInvariants(db);
  } finally {
    await database.drop();
  }
});

const PRICE = 1_000;

interface Wanted {
  seats?: string[];
  tickets?: [id: string, quantity: number][];
}

/** A reservation and its claims in one statement. */
async function claim(eventId: string, { seats = [], tickets = [] }: Wanted): Promise<string> {
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

const addClaim = (reservationId: string, seatId: string) =>
  sql`INSERT INTO reservation_items (reservation_id, position, seat_id, quantity, unit_price) VALUES (${reservationId}, 9, ${seatId}, 1, 0)`;
const release = (reservationId: string) =>
  sql`UPDATE reservation_items SET released_at = now() WHERE reservation_id = ${reservationId}`;
const turn = (reservationId: string, status: string) => sql`
  UPDATE reservations SET status = ${status},
    payment_status = CASE ${status} WHEN 'confirmed' THEN 'completed' ELSE payment_status END
  WHERE id = ${reservationId}`;

const seatStatus = async (id: string) =>
  (await db.selectFrom('seats').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status;
const rest = async (id: string) =>
  (
    await db
      .selectFrom('ticket_types')
      .select('available_quantity as n')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).n;
const statusOf = async (id: string) =>
  (await db.selectFrom('reservations').select('status').where('id', '=', id).executeTakeFirstOrThrow())
    .status;

/** An event with four seats and a stock of five, and a reservation of one seat and two tickets. */
async function begin() {
  const { eventId, seatIds, ticketTypeIds } = await seedEvent(db, { seats: 4, stock: [5] });
  const [seat, free] = seatIds as [string, string];
  const [type] = ticketTypeIds as [string];
  const reservation = await claim(eventId, { seats: [seat], tickets: [[type, 2]] });
  return { eventId, seat, free, type, reservation };
}
type Begun = Awaited<ReturnType<typeof begin>>;

test('seats and stock follow their claims through the life of a reservation', async () => {
  const { seat, type, reservation } = await begin();
  const state = async () => [await seatStatus(seat), await rest(type)];
  expect(await state()).toEqual(['locked', 3]);
  await turn(reservation, 'confirmed').execute(db);
  expect(await state()).toEqual(['reserved', 3]);
  await turn(reservation, 'cancelled').execute(db);
  expect(await state()).toEqual(['available', 5]);
});

const integrity = '23000';
const check = '23514';
const unique = '23505';

test.each<[string, string, (begun: Begun) => RawBuilder<unknown> | Promise<unknown>]>([
  ['a second live claim on a seat', unique, ({ eventId, seat }) => claim(eventId, { seats: [seat] })],
  ['a seat twice in one reservation', unique, ({ eventId, free }) => claim(eventId, { seats: [free, free] })],
  ['more tickets than are left', check, ({ eventId, type }) => claim(eventId, { tickets: [[type, 4]] })],
  ['a claim of nothing', check, ({ eventId, type }) => claim(eventId, { tickets: [[type, 0]] })],
  ['a negative claim', check, ({ eventId, type }) => claim(eventId, { tickets: [[type, -3]] })],
  [
    'a seat that is said to be free',
    integrity,
    ({ seat }) => sql`UPDATE seats SET status = 'available' WHERE id = ${seat}`,
  ],
  [
    'a seat that is said to be sold',
    integrity,
    ({ free }) => sql`UPDATE seats SET status = 'reserved' WHERE id = ${free}`,
  ],
  [
    'a seat that is sold when it is made',
    integrity,
    ({ eventId }) => sql`
      INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price, status)
      VALUES (${eventId}, 'B', 1, 1, 'B-1-1', 1, 'reserved')`,
  ],
  [
    'more left than there is',
    integrity,
    ({ type }) => sql`UPDATE ticket_types SET available_quantity = 5 WHERE id = ${type}`,
  ],
  [
    'what is left and the total at once',
    integrity,
    ({ type }) => sql`UPDATE ticket_types SET available_quantity = 9, total_quantity = 9 WHERE id = ${type}`,
  ],
  [
    'stock withdrawn that is claimed',
    check,
    ({ type }) => sql`UPDATE ticket_types SET total_quantity = 1 WHERE id = ${type}`,
  ],
  [
    'a live claim deleted',
    integrity,
    ({ reservation }) => sql`DELETE FROM reservation_items WHERE reservation_id = ${reservation}`,
  ],
  [
    'a claim on another seat',
    integrity,
    ({ reservation, seat, free }) =>
      sql`UPDATE reservation_items SET seat_id = ${free} WHERE reservation_id = ${reservation} AND seat_id = ${seat}`,
  ],
  [
    'a claim on more',
    integrity,
    ({ reservation, type }) =>
      sql`UPDATE reservation_items SET quantity = 1 WHERE reservation_id = ${reservation} AND ticket_type_id = ${type}`,
  ],
  [
    'a claim at another price',
    integrity,
    ({ reservation }) =>
      sql`UPDATE reservation_items SET unit_price = 1 WHERE reservation_id = ${reservation}`,
  ],
  [
    'a claim of another reservation',
    integrity,
    ({ reservation, eventId, free }) =>
      claim(eventId, { seats: [free] }).then((other) =>
        sql`UPDATE reservation_items SET reservation_id = ${other} WHERE reservation_id = ${reservation}`.execute(
          db,
        ),
      ),
  ],
  [
    'a claim that is released at another place',
    integrity,
    ({ reservation }) =>
      sql`UPDATE reservation_items SET position = position + 10, released_at = now() WHERE reservation_id = ${reservation}`,
  ],
  [
    'a claim that begins released',
    integrity,
    ({ reservation, free }) => sql`
      INSERT INTO reservation_items (reservation_id, position, seat_id, quantity, unit_price, released_at)
      VALUES (${reservation}, 9, ${free}, 1, 1, now())`,
  ],
  [
    'a claim that begins later than its reservation',
    integrity,
    ({ reservation, free }) => addClaim(reservation, free),
  ],
  [
    'a number of free seats that is written down',
    integrity,
    ({ eventId }) => sql`UPDATE event_seats SET available = 4 WHERE event_id = ${eventId}`,
  ],
  [
    'a seat that moves to another event',
    integrity,
    ({ free }) => sql`UPDATE seats SET event_id = gen_random_uuid() WHERE id = ${free}`,
  ],
  ['the claims of a live reservation released', integrity, ({ reservation }) => release(reservation)],
  [
    'paid without a payment',
    check,
    ({ reservation }) => sql`UPDATE reservations SET status = 'confirmed' WHERE id = ${reservation}`,
  ],
  [
    'a refund that is due of what is still held',
    check,
    ({ reservation }) =>
      sql`UPDATE reservations SET refund_due = true, paid_at = now() WHERE id = ${reservation}`,
  ],
  [
    'a refund that is due of what was never paid',
    check,
    ({ reservation }) =>
      sql`UPDATE reservations SET status = 'cancelled', refund_due = true WHERE id = ${reservation}`,
  ],
  [
    'a refund of what is still held',
    check,
    ({ reservation }) => sql`UPDATE reservations SET payment_status = 'refunded' WHERE id = ${reservation}`,
  ],
  ['a deleted seat that is claimed', '23503', ({ seat }) => sql`DELETE FROM seats WHERE id = ${seat}`],
])('the schema refuses %s', async (_what, code, wrong) => {
  const begun = await begin();
  const attempt = wrong(begun);
  await expect(attempt instanceof Promise ? attempt : attempt.execute(db)).rejects.toMatchObject({ code });
  expect([await seatStatus(begun.seat), await rest(begun.type)]).toEqual(['locked', 3]);
});

const STATES = ['pending', 'confirmed', 'cancelled', 'expired'] as const;
const WAYS: Record<string, string[]> = {
  pending: [],
  confirmed: ['confirmed'],
  cancelled: ['cancelled'],
  expired: ['expired'],
};
const ALLOWED = [
  'pending confirmed',
  'pending cancelled',
  'pending expired',
  'confirmed cancelled',
  'expired confirmed',
];
const transitions = STATES.flatMap((from) =>
  STATES.filter((to) => to !== from).map((to) => [from, to] as const),
);

test.each(transitions)('from %s to %s: only where the state machine allows it', async (from, to) => {
  const { reservation } = await begin();
  for (const step of WAYS[from] as string[]) await turn(reservation, step).execute(db);
  const attempt = turn(reservation, to).execute(db);
  if (ALLOWED.includes(`${from} ${to}`)) await attempt;
  else await expect(attempt).rejects.toMatchObject({ code: integrity });
  expect(await statusOf(reservation)).toBe(ALLOWED.includes(`${from} ${to}`) ? to : from);
});

test.each(['cancelled', 'expired'])(
  'a reservation that is %s claims nothing any more, and returns once',
  async (status) => {
    const { seat, free, type, reservation } = await begin();
    await turn(reservation, status).execute(db);
    await expect(release(reservation).execute(db)).rejects.toMatchObject({ code: integrity });
    await turn(reservation, status).execute(db);
    expect([await seatStatus(seat), await rest(type)]).toEqual(['available', 5]);
    await expect(addClaim(reservation, free).execute(db)).rejects.toMatchObject({ code: integrity });
    const again =
      sql`UPDATE reservation_items SET released_at = NULL WHERE reservation_id = ${reservation}`.execute(db);
    await expect(again).rejects.toMatchObject({ code: integrity });
  },
);

test('an operator adds and withdraws stock, and the rest follows', async () => {
  const { type } = await begin();
  const total = (quantity: number) =>
    sql`UPDATE ticket_types SET total_quantity = ${quantity} WHERE id = ${type}`.execute(db);
  await total(50);
  expect(await rest(type)).toBe(48);
  await total(2);
  expect(await rest(type)).toBe(0);
});

test('a late payment takes everything again, or nothing', async () => {
  const { eventId, seat, type, reservation } = await begin();
  await turn(reservation, 'expired').execute(db);
  const other = await claim(eventId, { tickets: [[type, 4]] });
  await expect(turn(reservation, 'confirmed').execute(db)).rejects.toMatchObject({ code: check });
  expect([await seatStatus(seat), await rest(type)]).toEqual(['available', 1]);

  await turn(other, 'cancelled').execute(db);
  const another = await claim(eventId, { seats: [seat] });
  await expect(turn(reservation, 'confirmed').execute(db)).rejects.toMatchObject({ code: unique });
  expect([await seatStatus(seat), await rest(type)]).toEqual(['locked', 5]);

  await turn(another, 'cancelled').execute(db);
  await turn(reservation, 'confirmed').execute(db);
  expect([await seatStatus(seat), await rest(type)]).toEqual(['reserved', 3]);
});

/** Runs `first`, then `second` on another connection while `first` isn't committed. */
async function whileUncommitted(first: RawBuilder<unknown>, second: RawBuilder<unknown>): Promise<void> {
  let later: Promise<unknown> = Promise.resolve();
  await db.transaction().execute(async (trx) => {
    await first.execute(trx);
    later = second.execute(db).catch(() => undefined);
    // Long enough to have it run, or wait for a lock.
    await sql`SELECT pg_sleep(0.1)`.execute(trx);
  });
  await later;
}

test.each(['cancelled', 'expired', 'confirmed'])(
  'a claim that is added while its reservation becomes %s can not disagree with it',
  async (status) => {
    const { free, reservation } = await begin();
    await whileUncommitted(turn(reservation, status), addClaim(reservation, free));
    const claimed = await seatStatus(free);
    if (status === 'confirmed') expect(['available', 'reserved']).toContain(claimed);
    else expect(claimed).toBe('available');
  },
);

test('two that cancel, and one that expires, at once: returned once', async () => {
  const { seat, type, reservation } = await begin();
  await Promise.allSettled(
    ['cancelled', 'expired', 'cancelled'].map((status) => turn(reservation, status).execute(db)),
  );
  expect([await seatStatus(seat), await rest(type)]).toEqual(['available', 5]);
});

const REFUSALS = [unique, check, integrity, '40P01', '55P03'];

test('claims, cancels, payments, late ones too, expiry and an operator all at once: the invariants hold', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seedEvent(db, { seats: 8, stock: [12, 6] });
  const made: string[] = [];
  const outcomes: Record<string, number> = {};
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const pick = <T>(list: readonly T[]) => list[random(list.length)] as T;

  async function act(): Promise<void> {
    const id = pick(made);
    const deed =
      id === undefined
        ? 'claim'
        : pick(['claim', 'claim', 'confirmed', 'cancelled', 'expired', 'total', 'several']);
    if (deed === 'claim') {
      const tickets: [string, number][] = ticketTypeIds.map((type) => [type, 1 + random(3)]);
      made.push(
        await claim(eventId, {
          seats: random(2) ? [pick(seatIds)] : [...new Set([pick(seatIds), pick(seatIds), pick(seatIds)])],
          tickets: random(2) ? tickets.slice(random(2)) : [],
        }),
      );
    } else if (deed === 'total') {
      await sql`UPDATE ticket_types SET total_quantity = ${4 + random(12)} WHERE id = ${pick(ticketTypeIds)}`.execute(
        db,
      );
    } else if (deed === 'several') {
      const ids = [id, pick(made), pick(made)];
      await sql`UPDATE reservations SET status = 'expired' WHERE id = ANY (${ids}::uuid[]) AND status = 'pending'`.execute(
        db,
      );
    } else {
      await turn(id, deed).execute(db);
    }
    outcomes[deed] = (outcomes[deed] ?? 0) + 1;
  }
  async function attacker(): Promise<void> {
    for (let step = 0; step < 120; step++) {
      await act().catch((error: { code?: string }) => {
        if (!REFUSALS.includes(error.code ?? '')) throw error;
        outcomes.refused = (outcomes.refused ?? 0) + 1;
      });
    }
  }
  let attacking = true;
  const attack = Promise.all(Array.from({ length: 8 }, attacker)).finally(() => {
    attacking = false;
  });
  // Also in the middle: each look is at one moment between transactions.
  const watch = (async () => {
    while (attacking) await expectInvariants(db);
  })();
  await Promise.all([attack, watch]);
  for (const deed of ['claim', 'confirmed', 'cancelled', 'expired', 'total', 'several', 'refused']) {
    expect(outcomes[deed], deed).toBeGreaterThan(5);
  }
});
