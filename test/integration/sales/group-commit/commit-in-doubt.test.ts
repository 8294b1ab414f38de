import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ask, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

const PRICE = 30_000;

let service: Service;

beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000', SALE_BATCH_SIZE: '16' } });
});
afterEach(async () => {
  const { salePool, db } = service.app;
  // Every connection is back in the pool.
  await eventually(() =>
    expect([salePool.idleCount, salePool.waitingCount]).toEqual([salePool.totalCount, 0]),
  );
  await expectInvariants(db);
});
afterAll(() => service.stop());

interface Purchase {
  userId: string;
  url: string;
  payload: object;
  quantity: number;
  /** The seat that is asked for by name. */
  seatId?: string;
}

/** An event, and purchases of it of each kind by a new user. */
async function seedPurchases({ seats = 20, stock = 1_000 } = {}) {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
    seats,
    stock: [stock],
    price: PRICE,
  });
  const [ticketTypeId] = ticketTypeIds;
  return {
    tickets: (quantity: number, userId: string = randomUUID()): Purchase => ({
      userId,
      url: '/api/v1/reservations',
      payload: { eventId, items: [{ ticketTypeId, quantity }] },
      quantity,
    }),
    seat: (index: number, userId: string = randomUUID()): Purchase => {
      const seatId = seatIds[index % seats] as string;
      return {
        userId,
        url: '/api/v1/seats/reserve',
        payload: { eventId, seatIds: [seatId] },
        quantity: 1,
        seatId,
      };
    },
    best: (quantity: number, userId: string = randomUUID()): Purchase => ({
      userId,
      url: '/api/v1/seats/best-available',
      payload: { eventId, quantity },
      quantity,
    }),
  };
}

const send = ({ userId, url, payload }: Purchase, key?: string) =>
  ask(service.app, {
    method: 'POST',
    url,
    headers: { ...service.as(userId), ...(key !== undefined && { 'idempotency-key': key }) },
    payload,
  });

interface Kept {
  id: string;
  total: number;
  quantity: number;
  seats: string[];
}

/** The reservations of a user, as they are in the database. */
async function keptOf(userId: string): Promise<Kept[]> {
  const { rows } = await sql<Kept>`
    SELECT r.id, r.total_amount AS total, sum(i.quantity) AS quantity,
      array_remove(array_agg(i.seat_id::text), NULL) AS seats
    FROM reservations r JOIN reservation_items i ON i.reservation_id = r.id
    WHERE r.user_id = ${userId} GROUP BY r.id`.execute(service.db);
  return rows;
}

/**
 * Lets COMMIT succeed on the next connection that sells, and makes the driver report an error.
 *
 * @returns the result of `work`, once this connection was removed from the pool
 */
async function losingAnswersToCommit<T>(error: Error, work: () => Promise<T>): Promise<T> {
  const pool = service.app.salePool;
  const removed: pg.PoolClient[] = [];
  let unlucky: pg.PoolClient | undefined;
  const note = (client: pg.PoolClient) => void removed.push(client);
  pool.on('remove', note);
  pool.once('acquire', (client) => {
    unlucky = client;
    const query = client.query.bind(client) as (asked: unknown) => Promise<unknown>;
    const losing = (answer: Promise<unknown>) => answer.then(() => Promise.reject(error));
    client.query = ((asked: unknown) =>
      asked === 'COMMIT' ? losing(query(asked)) : query(asked)) as typeof client.query;
  });
  try {
    const result = await work();
    await eventually(() => expect(removed.includes(unlucky as pg.PoolClient)).toBe(true));
    return result;
  } finally {
    pool.off('remove', note);
    // The connection works as before again.
    if (unlucky) Reflect.deleteProperty(unlucky, 'query');
  }
}

const systemError = (code: string) => Object.assign(new Error(`write ${code}`), { code });

test.each([
  ['a system error that is in no list', systemError('ENETDOWN')],
  ['a system error that looks like a SQLSTATE', systemError('EPIPE')],
  ['an answer that never came', new Error('Query read timeout')],
])('a batch whose commit is in doubt is not decided again: %s', async (_what, error) => {
  const { tickets, seat, best } = await seedPurchases();
  // The hall is cached from here on.
  expect((await send(best(1))).status).toBe(201);
  const purchases = [tickets(2), seat(10), best(2)];
  await losingAnswersToCommit(error, async () => {
    const answers = await Promise.all(purchases.map((purchase) => send(purchase)));
    for (const { userId, quantity } of purchases) {
      expect(await keptOf(userId)).toEqual([expect.objectContaining({ quantity, total: quantity * PRICE })]);
    }
    expect(tally(answers)).toEqual({ '503 SERVICE_UNAVAILABLE': 3 });
    for (const { headers } of answers) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });
  expect(tally(await Promise.all([tickets(1), seat(15), best(1)].map((purchase) => send(purchase))))).toEqual(
    { 201: 3 },
  );
});

test('a request repeated with its key gets the committed reservation', async () => {
  const { tickets, seat, best } = await seedPurchases();
  const purchases = [tickets(2), seat(10), best(2)];
  const keys = purchases.map(() => randomUUID());
  const sendAll = () => Promise.all(purchases.map((purchase, index) => send(purchase, keys[index])));
  const lost = await losingAnswersToCommit(systemError('ENETDOWN'), sendAll);
  expect(tally(lost)).toEqual({ '503 SERVICE_UNAVAILABLE': 3 });
  const kept = await Promise.all(purchases.map(({ userId }) => keptOf(userId)));

  const again = await sendAll();
  expect(again.map(({ status, headers }) => [status, headers['idempotent-replayed']])).toEqual(
    Array(3).fill([201, 'true']),
  );
  expect(again.map(({ body }) => [body.reservation.id])).toEqual(
    kept.map((each) => each.map(({ id }) => id)),
  );
  expect(await Promise.all(purchases.map(({ userId }) => keptOf(userId)))).toEqual(kept);
});

/** Prefixes of user ids. Their purchases fail while they are written or at the commit, or end the connection there. */
const DOOMED = { refused: '1', rolledBack: '2', cut: '3' };
const isDoomed = ({ userId }: Purchase) => Object.values(DOOMED).includes(userId.slice(0, 1));

async function whileTheyAreDoomed(work: () => Promise<unknown>): Promise<void> {
  const whose = (first: string) => `FOR EACH ROW WHEN (left(NEW.user_id::text, 1) = '${first}')`;
  const inCommit = 'DEFERRABLE INITIALLY DEFERRED';
  await sql
    .raw(`
    CREATE FUNCTION meet_doom() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_NAME = 'cut' THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(5);
      END IF;
      RAISE EXCEPTION 'doom' USING ERRCODE = TG_ARGV[0];
    END $$;
    CREATE TRIGGER refused AFTER INSERT ON reservations
      ${whose(DOOMED.refused)} EXECUTE FUNCTION meet_doom('P0001');
    CREATE CONSTRAINT TRIGGER rolled_back AFTER INSERT ON reservations ${inCommit}
      ${whose(DOOMED.rolledBack)} EXECUTE FUNCTION meet_doom('40001');
    CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON reservations ${inCommit}
      ${whose(DOOMED.cut)} EXECUTE FUNCTION meet_doom()`)
    .execute(service.db);
  try {
    await work();
  } finally {
    await sql`DROP FUNCTION meet_doom CASCADE`.execute(service.db);
  }
}

const BUYERS = 24;

test('each answer is true, whatever fails in the same batch or the one before', async () => {
  const { tickets, seat, best } = await seedPurchases({ seats: 600 });
  const purchases = Array.from({ length: 240 }, (_, index) => {
    // Few enough that most of them fail alone in their batch, each in its own way.
    const first = { 0: DOOMED.refused, 13: DOOMED.rolledBack, 26: DOOMED.cut }[index % 40] ?? '0';
    const userId = `${first}${randomUUID().slice(1)}`;
    if (index % 7 < 2) return tickets(1 + (index % 3), userId);
    return index % 7 < 5 ? best(1 + (index % 2), userId) : seat(599 - index, userId);
  });
  const done: (Purchase & Awaited<ReturnType<typeof send>>)[] = [];
  const waiting = [...purchases];
  // Each buyer sends the next request at once, so that transactions follow one another closely.
  const buy = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      done.push({ ...next, ...(await send(next)) });
  };
  await whileTheyAreDoomed(() => Promise.all(Array.from({ length: BUYERS }, buy)));

  for (const { userId, body, quantity, seatId } of done.filter((each) => each.status === 201)) {
    const kept = await keptOf(userId);
    const { id, totalAmount: total, seats = [] } = body.reservation;
    const seatIds: string[] = seats.map((each: { id: string }) => each.id);
    expect(kept).toEqual([{ id, total, quantity, seats: expect.any(Array) }]);
    expect(total).toBe(quantity * PRICE);
    expect(seatIds.toSorted()).toEqual(kept[0]?.seats.toSorted());
    if (seatId !== undefined) expect(seatIds).toEqual([seatId]);
  }
  for (const { userId, status } of done.filter((each) => each.status !== 201)) {
    // Only a commit in doubt may have been kept all the same, and then once.
    expect((await keptOf(userId)).length).toBeLessThanOrEqual(status === 503 ? 1 : 0);
  }
  for (const each of done.filter(isDoomed)) {
    expect([500, 503]).toContain(each.status);
    expect(await keptOf(each.userId)).toEqual([]);
  }
  // The other requests succeed, except those in flight when a connection ended: one of each buyer at most.
  const cuts = purchases.filter(({ userId }) => userId.startsWith(DOOMED.cut)).length;
  const others = done.filter((each) => !isDoomed(each));
  const { 201: served = 0, '503 SERVICE_UNAVAILABLE': unlucky = 0 } = tally(others);
  expect(served + unlucky).toBe(others.length);
  expect(unlucky).toBeLessThanOrEqual(cuts * (BUYERS - 1));
});
