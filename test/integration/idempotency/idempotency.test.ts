import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forgetOldKeys } from '../../../src/sales/lifecycle/expire.ts';
import { type Call, callOf } from '../../contract/calls.ts';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { holdKeys, holdSeats, holdStock, untilLockWaiters } from '../../support/locks.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000', QUEUE_THRESHOLD: '4' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

const OPERATIONS = [
  'reserveSeats',
  'holdBestAvailable',
  'createReservation',
  'cancelReservation',
  'extendReservation',
  'confirmReservation',
  'noteRefund',
] as const;

async function send(call: Call, key?: string, instance = 0) {
  const app = service.apps[instance] ?? service.app;
  const headers = { ...call.headers, ...(key !== undefined && { 'idempotency-key': key }) };
  const answer = await app.inject({ ...call, headers });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}
const replayed = ({ headers }: { headers: Record<string, unknown> }) => headers['idempotent-replayed'];

const callOfUser = (userId: string, url: string, payload?: object): Call => ({
  method: 'POST',
  url,
  headers: service.as(userId),
  ...(payload && { payload }),
});
const buying = (userId: string, eventId: string, ticketTypeId: string | undefined, quantity = 1) =>
  callOfUser(userId, '/api/v1/reservations', { eventId, items: [{ ticketTypeId, quantity }] });
const holding = (userId: string, eventId: string, seatIds: string[]) =>
  callOfUser(userId, '/api/v1/seats/reserve', { eventId, seatIds });

/** All that a request could change, but for what the clock changes. */
async function everything() {
  const rows = (
    table: 'reservations' | 'reservation_items' | 'seats' | 'ticket_types' | 'idempotency_keys',
  ) => service.db.selectFrom(table).selectAll().orderBy(sql`1, 2`).execute();
  return Promise.all([
    rows('reservations'),
    rows('reservation_items'),
    rows('seats'),
    rows('ticket_types'),
    rows('idempotency_keys'),
  ]);
}

/** For every transaction that would keep the key, the connection ends while it commits. */
async function whileCommitsDie<T>(key: string, work: () => Promise<T>): Promise<T> {
  await sql`
    CREATE OR REPLACE FUNCTION die_in_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_terminate_backend(pg_backend_pid());
      PERFORM pg_sleep(5);
      RETURN NULL;
    END $$`.execute(service.db);
  await sql`
    CREATE CONSTRAINT TRIGGER die_in_commit AFTER INSERT ON idempotency_keys DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.key = ${sql.lit(key)}) EXECUTE FUNCTION die_in_commit()`.execute(service.db);
  try {
    return await work();
  } finally {
    await sql`DROP TRIGGER die_in_commit ON idempotency_keys`.execute(service.db);
  }
}

describe.each(OPERATIONS)('%s', (operationId) => {
  test('gives the same answer to the same key, from any instance, and does nothing twice', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    const first = await send(call, key);
    expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
    expect(replayed(first)).toBeUndefined();

    const before = await everything();
    // In whatever language it is asked for now: a client compares bodies.
    const inEnglish = { ...call, headers: { ...call.headers, 'accept-language': 'en' } };
    for (const [instance, sameCall] of [call, inEnglish].entries()) {
      const again = await send(sameCall, key, instance);
      expect([again.status, again.body, replayed(again)]).toEqual([first.status, first.body, 'true']);
    }
    expect(await everything()).toEqual(before);
  });

  test('refuses a key that another user may have used, but this one for something else', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    expect((await send(buying(randomUUID(), eventId, ticketTypeIds[0]), key)).status).toBe(201);
    const first = await send(call, key);
    expect(first.status).toBeLessThan(300);

    const other = await callOf(service, operationId);
    const before = await everything();
    const reused = await send({ ...other, headers: call.headers }, key);
    expect(tally([reused])).toEqual({ '409 IDEMPOTENCY_KEY_REUSED': 1 });
    expect(await everything()).toEqual(before);
    expect((await send(call, key)).body).toEqual(first.body);
  });

  test('a crash in the middle of the commit leaves neither the effect nor the key, and the key is good again', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    const before = await everything();
    const failed = await whileCommitsDie(key, () => send(call, key));
    expect(tally([failed])).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
    expect(await everything()).toEqual(before);
    await expectInvariants(service.db);

    const again = await send(call, key);
    expect(again.status, JSON.stringify(again.body)).toBeLessThan(300);
    expect(replayed(again)).toBeUndefined();
  });

  test('is done anew under a key that is older than a day', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    await send(call, key);
    const age = (hours: number) =>
      service.db
        .updateTable('idempotency_keys')
        .set({ created_at: sql`now() - make_interval(mins => ${hours * 60})` })
        .where('key', '=', key)
        .execute();
    await age(23.9);
    const kept = await send(call, key);
    expect(replayed(kept)).toBe('true');
    await age(24.1);
    const fresh = await send(call, key);
    expect(replayed(fresh)).toBeUndefined();
    const again = await send(call, key);
    expect([again.status, again.body, replayed(again)]).toEqual([fresh.status, fresh.body, 'true']);
  });

  test.each([
    ['empty', ''],
    ['blank', '   '],
    ['256 characters', 'x'.repeat(256)],
    ['Korean', '열쇠'],
    ['a tab', 'a\tb'],
  ])('refuses a key that is none: %s', async (_what, key) => {
    const call = await callOf(service, operationId);
    const answer = await fetch(`${service.origin}${call.url}`, {
      method: 'POST',
      headers: {
        ...call.headers,
        'content-type': 'application/json',
        'idempotency-key': Buffer.from(key).toString('latin1'),
      },
      ...(call.payload && { body: JSON.stringify(call.payload) }),
    });
    const body = (await answer.json()) as { code: string; details: { path: string }[] };
    expect([answer.status, body.code, body.details[0]?.path]).toEqual([
      400,
      'VALIDATION_FAILED',
      'headers/idempotency-key',
    ]);
  });

  test('takes a key of 255 printable characters', async () => {
    const call = await callOf(service, operationId);
    const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => index + 33));
    const { status } = await send(call, printable.repeat(3).slice(0, 255));
    expect(status).toBeLessThan(300);
  });
});

describe('a refusal', () => {
  test('is kept as well, though what was in the way is gone', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const [rival, userId, key] = [randomUUID(), randomUUID(), randomUUID()];
    const held = await api.reserve(eventId, seatIds, rival);
    const first = await send(holding(userId, eventId, seatIds), key);
    expect(tally([first])).toEqual({ '409 SEAT_UNAVAILABLE': 1 });
    expect((await api.cancel(held.body.reservation.id, rival)).status).toBe(200);

    const again = await send(holding(userId, eventId, seatIds), key, 1);
    expect([again.status, again.body, replayed(again)]).toEqual([409, first.body, 'true']);
    expect((await send(holding(userId, eventId, seatIds), randomUUID())).status).toBe(201);
  });

  test('of a cancellation is kept', async () => {
    const call = await callOf(service, 'cancelReservation');
    expect((await send(call)).status).toBe(200);
    const [key, first] = ['again', await send(call, 'again')];
    expect(tally([first])).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 1 });
    const again = await send(call, key, 1);
    expect([again.body, replayed(again)]).toEqual([first.body, 'true']);
  });

  test('that says "not now" is not kept', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [call, key] = [buying(randomUUID(), eventId, ticketTypeIds[0]), randomUUID()];
    const inside = await fillTheRoom(eventId);
    expect(tally([await send(call, key)])).toEqual({ '403 QUEUE_REQUIRED': 1 });
    for (const userId of inside) await leave(eventId, userId);
    const done = await send(call, key);
    expect([done.status, replayed(done)]).toEqual([201, undefined]);
  });
});

const check = (eventId: string, userId: string) => send(callOfUser(userId, `/api/v1/queue/check/${eventId}`));
const leave = (eventId: string, userId: string) => send(callOfUser(userId, `/api/v1/queue/leave/${eventId}`));

/** @returns those inside, and the one who waits */
async function fillTheRoom(eventId: string): Promise<string[]> {
  const users = Array.from({ length: 5 }, () => randomUUID());
  for (const userId of users) await check(eventId, userId);
  return users;
}

describe('an earlier answer is found', () => {
  test('also by somebody who is not inside any more', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [userId, key] = [randomUUID(), randomUUID()];
    const first = await send(buying(userId, eventId, ticketTypeIds[0]), key);
    expect(first.status).toBe(201);
    await leave(eventId, userId);
    await fillTheRoom(eventId);

    const again = await send(buying(userId, eventId, ticketTypeIds[0]), key, 1);
    expect([again.status, again.body, replayed(again)]).toEqual([201, first.body, 'true']);
    const other = [
      await send(buying(userId, eventId, ticketTypeIds[0], 2), key),
      await send(buying(userId, eventId, ticketTypeIds[0])),
    ];
    expect(tally(other)).toEqual({ '409 IDEMPOTENCY_KEY_REUSED': 1, '403 QUEUE_REQUIRED': 1 });
  });

  test('also while somebody else tries to take the same seats', async () => {
    const locking = await startService({ env: { SEAT_LOCKS: 'true' } });
    try {
      const { eventId, seatIds } = await locking.seedEvent({ seats: 1 });
      const headers = { ...locking.as(), 'idempotency-key': 'mine' };
      const call = {
        method: 'POST',
        url: '/api/v1/seats/reserve',
        headers,
        payload: { eventId, seatIds },
      } as const;
      const first = await locking.app.inject(call);
      expect(first.statusCode).toBe(201);
      await locking.redis.client.set(`${locking.app.redisPrefix}:{${eventId}}:seat:${seatIds[0]}`, 'a rival');
      const again = await locking.app.inject(call);
      expect([again.statusCode, again.body]).toEqual([201, first.body]);
    } finally {
      await locking.stop();
    }
  });

  test('with the fields of the body in another order', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5, 5] });
    const [userId, key] = [randomUUID(), randomUUID()];
    const [one, two] = ticketTypeIds;
    const buy = (payload: string) =>
      send(
        {
          ...callOfUser(userId, '/api/v1/reservations'),
          headers: { ...service.as(userId), 'content-type': 'application/json' },
          payload,
        },
        key,
      );
    const first = await buy(
      `{"eventId":"${eventId}","items":[{"ticketTypeId":"${one}","quantity":1},{"ticketTypeId":"${two}","quantity":2}]}`,
    );
    expect(first.status).toBe(201);
    const again = await buy(
      `{"items":[{"quantity":1,"ticketTypeId":"${one}"},{"quantity":2,"ticketTypeId":"${two}"}],"eventId":"${eventId}"}`,
    );
    expect([again.status, again.body, replayed(again)]).toEqual([201, first.body, 'true']);
    const swapped = await buy(
      `{"eventId":"${eventId}","items":[{"ticketTypeId":"${one}","quantity":2},{"ticketTypeId":"${two}","quantity":1}]}`,
    );
    expect(tally([swapped])).toEqual({ '409 IDEMPOTENCY_KEY_REUSED': 1 });
  });

  test('with an empty body as with none, where none is asked for', async () => {
    const call = await callOf(service, 'cancelReservation');
    const first = await send(call, 'one');
    const again = await send({ ...call, payload: {} }, 'one');
    expect([again.status, again.body, replayed(again)]).toEqual([200, first.body, 'true']);
  });
});

describe('50 requests at once with one key, over two instances', () => {
  test.each(['createReservation', 'reserveSeats', 'holdBestAvailable'] as const)(
    'make one reservation: %s',
    async (operationId) => {
      const call = await callOf(service, operationId);
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => send(call, key, index % 2)));
      const counts = tally(answers);
      expect(
        Object.keys(counts).filter((kind) => kind !== '201' && kind !== '409 IDEMPOTENCY_IN_FLIGHT'),
      ).toEqual([]);
      const bodies = answers.filter(({ status }) => status === 201).map(({ body }) => body);
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
      const refused = answers.filter(({ status }) => status === 409);
      expect(refused.every(({ headers }) => headers['retry-after'] === '1')).toBe(true);

      const made = await service.db
        .selectFrom('reservations')
        .select('id')
        .where('event_id', '=', (call.payload as { eventId: string }).eventId)
        .execute();
      expect(made).toEqual([{ id: bodies[0].reservation.id }]);
    },
  );

  test.each(['cancelReservation', 'extendReservation', 'confirmReservation', 'noteRefund'] as const)(
    'do it once: %s',
    async (operationId) => {
      const call = await callOf(service, operationId);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => send(call, 'one', index % 2)),
      );
      const kinds = Object.keys(tally(answers)).filter((kind) => kind !== '409 IDEMPOTENCY_IN_FLIGHT');
      expect(kinds).toEqual(['200']);
      const bodies = answers.filter(({ status }) => status === 200).map(({ body }) => JSON.stringify(body));
      expect(new Set(bodies).size).toBe(1);
    },
  );
});

describe('while a request with a key is under way', () => {
  /** The first request, held up where it wants to keep its answer. */
  async function heldUp<T>(first: () => Promise<T>, work: () => Promise<unknown>): Promise<T> {
    const letGo = await holdKeys(service.db);
    const going = first();
    try {
      await untilLockWaiters(service.db, 1, 'idempotency_keys');
      await work();
    } finally {
      await letGo();
    }
    return going;
  }
  const expectInFlight = (refused: Awaited<ReturnType<typeof send>>) => {
    expect(tally([refused])).toEqual({ '409 IDEMPOTENCY_IN_FLIGHT': 1 });
    expect(refused.headers['retry-after']).toBe('1');
  };

  test.each(OPERATIONS)(
    'others are told so, by any instance, and get its answer afterwards: %s',
    async (operationId) => {
      const [call, key] = [await callOf(service, operationId), randomUUID()];
      const first = await heldUp(
        () => send(call, key),
        async () => {
          for (const instance of [0, 1, 1]) expectInFlight(await send(call, key, instance));
        },
      );
      expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
      const again = await send(call, key, 1);
      expect([again.status, again.body, replayed(again)]).toEqual([first.status, first.body, 'true']);
    },
  );

  test('the neighbours of those who are told so are served', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [call, key] = [buying(randomUUID(), eventId, ticketTypeIds[0]), randomUUID()];
    const neighbour = buying(randomUUID(), eventId, ticketTypeIds[0]);
    // Held up before it has locked the stock, which its neighbour needs as well.
    const letGo = await holdStock(service.db, ticketTypeIds[0] as string);
    const first = send(call, key);
    try {
      await untilLockWaiters(service.db, 1);
      expectInFlight(await send(call, key, 1));
    } finally {
      await letGo();
    }
    const answers = [await first, await send(neighbour, undefined, 1)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  });

  test('so are those who meet it at the seats that it has locked in Redis', async () => {
    const locking = await startService({ instances: 2, env: { SEAT_LOCKS: 'true' } });
    try {
      const { eventId, seatIds } = await locking.seedEvent({ seats: 2 });
      const headers = { ...locking.as(), 'idempotency-key': 'mine' };
      const reserve = (instance: number, more: object) =>
        locking.apps[instance]?.inject({
          method: 'POST',
          url: '/api/v1/seats/reserve',
          headers: { ...headers, ...more },
          payload: { eventId, seatIds },
        });
      const letGo = await holdSeats(locking.db, eventId);
      const first = reserve(0, {});
      try {
        await eventually(async () =>
          expect(await locking.redis.client.keys(`*{${eventId}}:seat:*`)).toHaveLength(2),
        );
        const [same, other] = [await reserve(1, {}), await reserve(1, { 'idempotency-key': 'another' })];
        expect([same?.json().code, same?.headers['retry-after']]).toEqual(['IDEMPOTENCY_IN_FLIGHT', '1']);
        expect(other?.json().code).toBe('SEAT_LOCKED');
      } finally {
        await letGo();
      }
      expect((await first)?.statusCode).toBe(201);
      const again = await reserve(1, {});
      expect([again?.statusCode, again?.body]).toEqual([201, (await first)?.body]);
    } finally {
      await locking.stop();
    }
  });

  test('a client that goes away leaves it under way, and finds its answer later', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [userId, key] = [randomUUID(), randomUUID()];
    const call = buying(userId, eventId, ticketTypeIds[0]);
    const gone = new AbortController();
    const first = () =>
      fetch(`${service.origin}${call.url}`, {
        method: 'POST',
        headers: { ...call.headers, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(call.payload),
        signal: gone.signal,
      }).then(
        () => 'answered',
        (error: Error) => error.name,
      );
    const end = await heldUp(first, async () => {
      gone.abort();
      await eventually(async () => {
        const open = await new Promise<number>((resolve, reject) =>
          service.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
        );
        expect(open).toBe(0);
      });
      expectInFlight(await send(call, key));
    });
    expect(end).toBe('AbortError');
    const answer = await eventually(async () => {
      const again = await send(call, key);
      expect(again.status).toBe(201);
      return again;
    });
    expect(replayed(answer)).toBe('true');
    const made = await service.db
      .selectFrom('reservations')
      .select('id')
      .where('user_id', '=', userId)
      .execute();
    expect(made).toEqual([{ id: answer.body.reservation.id }]);
  });
});

test('keys older than a day are forgotten, all of them in pieces, and no younger one', async () => {
  const userId = randomUUID();
  await sql`
    INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
    SELECT ${userId}, n, 'f', 200, '{}', now() - interval '24 hours' + CASE WHEN n <= 20_500 THEN -n ELSE 3_600 END * interval '1 second'
    FROM generate_series(1, 20_600) AS n`.execute(service.db);
  let pieces = 0;
  while ((await forgetOldKeys(service.db)).more) pieces++;
  expect(pieces).toBe(3);
  const left = await service.db
    .selectFrom('idempotency_keys')
    .select(({ fn }) => [fn.countAll<number>().as('count'), sql<number>`min(key::integer)`.as('first')])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  expect(left).toEqual({ count: 100, first: 20_501 });
});
