import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { answerOf } from '../support/inject.ts';
import { holdKeys, untilLockWaiters } from '../support/locks.ts';
import type { Service } from '../support/service.ts';
import { openEventStream } from '../support/streams.ts';
import { eventually } from '../support/wait.ts';
import type { Answer } from './answers.ts';
import { type Body, type Call, idOf, UUID } from './call.ts';
import { callOf, METRICS_TOKEN } from './calls.ts';
import { webhookOf } from './organizer/integrations.ts';
import { forge, inSeconds } from './tokens.ts';

/** Errors without a spoiler. SERVICE_UNAVAILABLE is tested in an outage; the others belong to no operation. */
type Elsewhere =
  | 'SERVICE_UNAVAILABLE'
  // Its call says how.
  | 'SEAT_BLOCK_NOT_FOUND'
  | 'SEAT_EXISTS'
  | 'SECTION_IN_USE'
  | 'INTERNAL_ERROR'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_TIMEOUT'
  | 'HEADERS_TOO_LARGE';

/** Errors that only calls of organizers provoke, each with spoilers of its own. */
type OfOrganizers =
  | 'LAYOUT_NAME_TAKEN'
  | 'LAYOUT_IN_USE'
  | 'LAYOUT_NOT_FOUND'
  | 'EVENT_NOT_DRAFT'
  | 'EVENT_NOT_PUBLISHED'
  | 'EVENT_HAS_RESERVATIONS'
  | 'EVENT_INCOMPLETE'
  | 'POSTER_NOT_FOUND'
  | 'POSTER_NOT_ACCEPTED'
  | 'TOTAL_BELOW_CLAIMED'
  | 'TICKET_TYPE_IN_USE'
  | 'TOO_MANY_TICKET_TYPES';

/** Changes one thing in a call that would succeed, and sends it. */
type Spoiler = (call: Call, service: Service) => Promise<Answer>;

/** Variables that put each of these errors within a few requests. */
export const env = {
  QUEUE_THRESHOLD: '2',
  REQUESTS_PER_MINUTE: '6',
  LIVE_CONNECTIONS_PER_ADDRESS: '2',
  SEAT_LOCKS: 'true',
  METRICS_TOKEN,
};

const send = (service: Service, call: Call): Promise<Answer> => answerOf(service.app, call);

/** The same call with a change. */
const spoiled =
  (change: (call: Call, service: Service) => Partial<Call>): Spoiler =>
  (call, service) =>
    send(service, { ...call, ...change(call, service) });

const withToken = (token: () => string) =>
  spoiled(() => ({ headers: { authorization: `Bearer ${token()}` } }));

const withBody = (payload: string, type: string) =>
  spoiled(({ headers }) => ({ headers: { ...headers, 'content-type': type }, payload }));

/** The same call with the id of something that doesn't exist. */
const withUnknownId = spoiled(({ url, payload }) => ({
  url: url.replace(UUID, randomUUID()),
  ...(payload &&
    'eventId' in (payload as Body) && { payload: { ...(payload as Body), eventId: randomUUID() } }),
}));

const withUnknownReservation = spoiled(({ url }) => ({ url: url.replace(UUID, randomUUID()) }));

const withPayload = (change: (payload: Body) => object) =>
  spoiled(({ payload }) => ({ payload: { ...(payload as Body), ...change(payload as Body) } }));

const withItem = (change: object) =>
  withPayload(({ items: [item] }) => ({ items: [{ ...item, ...change }] }));

/** The same call after the organizer or the clock has put the event into another state. */
const onEvent =
  (change: ReturnType<typeof sql>): Spoiler =>
  async (call, service) => {
    await sql`UPDATE events SET ${change} WHERE id = ${idOf(call)}`.execute(service.db);
    return send(service, call);
  };

/** The same call after its ticket type is sold in larger quantities only. */
const belowMinimum: Spoiler = async (call, service) => {
  const [{ ticketTypeId, quantity }] = (call.payload as Body).items as [Body['items'][number]];
  await sql`UPDATE ticket_types SET min_quantity = ${quantity + 1} WHERE id = ${ticketTypeId}`.execute(
    service.db,
  );
  return send(service, call);
};

const twice: Spoiler = async (call, service) => {
  expect((await send(service, call)).statusCode).toBeLessThan(300);
  return send(service, call);
};

const afterAnotherUser: Spoiler = async (call, service) => {
  expect((await send(service, { ...call, headers: service.as() })).statusCode).toBe(201);
  return send(service, call);
};

/** Another request has locked the seats in Redis, and waits for a lock on their rows. */
const whileAnotherUserReserves: Spoiler = async (call, service) => {
  const { eventId, seatIds } = call.payload as Body;
  const { other, answer } = await service.db.transaction().execute(async (trx) => {
    await trx
      .selectFrom('seats')
      .select('id')
      .where('event_id', '=', eventId)
      .orderBy('id')
      .forUpdate()
      .execute();
    const other = send(service, { ...call, headers: service.as() });
    await eventually(async () => {
      const locks = await service.redis.client.keys(`*{${eventId}}:seat:*`);
      expect(locks).toHaveLength(seatIds.length);
    });
    return { other, answer: await send(service, call) };
  });
  expect((await other).statusCode).toBe(201);
  return answer;
};

const userOf = ({ headers: { authorization = '' } }: Call): string =>
  JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString()).userId;

const withKey = (call: Call, key: string = randomUUID()): Call => ({
  ...call,
  headers: { ...call.headers, 'idempotency-key': key },
});

/** The same request is in flight, and waits for a lock before it stores its answer. */
const whileInFlight: Spoiler = async (call, service) => {
  const keyed = withKey(call);
  const letGo = await holdKeys(service.db);
  try {
    const first = send(service, keyed);
    await untilLockWaiters(service.db, 1, 'idempotency_keys');
    const answer = await send(service, keyed);
    await letGo();
    expect((await first).statusCode).toBeLessThan(300);
    expect(answer.headers['retry-after']).toBe('1');
    return answer;
  } finally {
    await letGo();
  }
};

const whileStreamsAreOpen: Spoiler = async (call, service) => {
  const url = `${service.origin}${call.url}`;
  const streams = await Promise.all([openEventStream(url), openEventStream(url)]);
  const answer = await send(service, call);
  for (const stream of streams) stream.close();
  return answer;
};

/** The same address has as many reads and searches as it may, on the instance that has nothing of this call in memory. */
const whilePublicReadsWait: Spoiler = async (call, service) => {
  const app = service.apps[1] as FastifyInstance;
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const reads = Array.from({ length: 16 }, () => app.publicReads.read('127.0.0.1', () => over));
  app.searchBudget.spend('127.0.0.1', Number.POSITIVE_INFINITY);
  const answer = await answerOf(app, { ...call, url: call.url.replace(UUID, randomUUID()) });
  end();
  await Promise.all(reads);
  return answer;
};

const eventIdOf = async (call: Call, service: Service): Promise<string> => {
  if (!call.url.startsWith('/api/v1/reservations/')) return idOf(call);
  const { event_id } = await service.db
    .selectFrom('reservations')
    .select('event_id')
    .where('id', '=', idOf(call))
    .executeTakeFirstOrThrow();
  return event_id;
};

export const spoilers: Record<Exclude<ErrorCode, Elsewhere | OfOrganizers>, Spoiler> = {
  VALIDATION_FAILED: spoiled(({ url, payload }) =>
    payload
      ? { payload: {} }
      : { url: url.includes('?') ? url.replace(/\?.*/, '?limit=0') : url.replace(UUID, 'seven') },
  ),
  MALFORMED_BODY: withBody('{"eventId": ', 'application/json'),
  BODY_TOO_LARGE: withBody(JSON.stringify({ padding: 'x'.repeat(100_000) }), 'application/json'),
  UNSUPPORTED_MEDIA_TYPE: withBody('eventId=7', 'text/plain'),
  UNAUTHENTICATED: spoiled(() => ({ headers: {} })),
  TOKEN_INVALID: withToken(() =>
    forge({ userId: randomUUID(), exp: inSeconds(60) }, { secret: 'x'.repeat(48) }),
  ),
  TOKEN_EXPIRED: withToken(() => forge({ userId: randomUUID(), exp: inSeconds(-1) })),
  FORBIDDEN: spoiled((_call, service) => ({ headers: service.as() })),
  TOO_MANY_REQUESTS: async (call, service) => {
    if (call.url.startsWith('/api/v1/live/')) return whileStreamsAreOpen(call, service);
    if (!call.headers?.authorization) return whilePublicReadsWait(call, service);
    for (let sent = 0; sent < Number(env.REQUESTS_PER_MINUTE); sent++) await send(service, call);
    return send(service, call);
  },
  QUEUE_REQUIRED: async (call, service) => {
    const eventId = await eventIdOf(call, service);
    const url = `/api/v1/queue/check/${eventId}`;
    // A user who has reserved is inside.
    await send(service, { method: 'POST', url: `/api/v1/queue/leave/${eventId}`, headers: call.headers });
    for (const queued of [false, false, true]) {
      const answer = await send(service, { method: 'POST', url, headers: service.as() });
      expect(JSON.parse(answer.body).queued).toBe(queued);
    }
    const refusal = await send(service, call);
    expect(JSON.parse(refusal.body).queue).toMatchObject({ queued: false, position: 2, queueSize: 1 });
    return refusal;
  },

  EVENT_NOT_FOUND: withUnknownId,
  TICKET_TYPE_NOT_FOUND: (call, service) =>
    (call.payload ? withItem({ ticketTypeId: randomUUID() }) : withUnknownId)(call, service),
  SEAT_NOT_FOUND: withPayload(() => ({ seatIds: [randomUUID()] })),
  SEAT_MAP_NOT_FOUND: async (call, service) => {
    await service.db.deleteFrom('seats').where('event_id', '=', idOf(call)).execute();
    return onEvent(sql`seat_layout_id = NULL`)(call, service);
  },
  RESERVATION_NOT_FOUND: (call, service) =>
    /confirm|payment|refunded/.test(call.url)
      ? withUnknownReservation(call, service)
      : send(service, { ...call, headers: service.as() }),

  WEBHOOK_NOT_FOUND: withUnknownReservation,
  DELIVERY_NOT_FOUND: spoiled(({ url }) => ({ url: url.replace(/[^/]+(?=\/redeliver)/, randomUUID()) })),
  TOO_MANY_WEBHOOKS: async (call, service) => {
    for (let made = 0; made < 20; made++) await webhookOf(service, userOf(call));
    return send(service, call);
  },
  WEBHOOK_WITHOUT_URL: async (call, service) => {
    await sql`UPDATE webhooks SET url = NULL, secret = NULL WHERE id = ${idOf(call)}`.execute(service.db);
    return send(service, call);
  },
  LOTTERY_NOT_FOUND: async (call, service) => {
    const { eventId } = await service.seedEvent();
    return send(service, { ...call, url: call.url.replace(UUID, eventId) });
  },

  LOBBY_TOO_LATE: withPayload(() => ({ lobbyMinutes: 30 })),
  SALE_NOT_STARTED: onEvent(sql`sale_start_date = now() + interval '1 hour'`),
  SALE_ENDED: onEvent(
    sql`sale_start_date = now() - interval '2 hours', sale_end_date = now() - interval '1 hour'`,
  ),
  EVENT_CANCELLED: onEvent(sql`status = 'cancelled'`),
  SOLD_OUT: onEvent(sql`status = 'sold_out'`),
  TOO_MANY_SEATS: withPayload(({ seatIds }) =>
    seatIds ? { seatIds: Array.from({ length: 5 }, () => randomUUID()) } : { quantity: 5 },
  ),
  COMPANION_SEAT: async (call, service) => {
    const { seatIds } = call.payload as { seatIds: string[] };
    await sql`UPDATE seats SET attributes = '{companion}' WHERE id = ANY (${seatIds}::uuid[])`.execute(
      service.db,
    );
    return send(service, call);
  },
  TOO_MANY_TICKETS: withItem({ quantity: 9 }),
  QUANTITY_NOT_ALLOWED: belowMinimum,
  DUPLICATE_TICKET_TYPE: withPayload(({ items: [item] }) => ({ items: [item, item] })),

  SEAT_UNAVAILABLE: afterAnotherUser,
  SEAT_LOCKED: whileAnotherUserReserves,
  RESERVATION_NOT_CANCELLABLE: twice,
  ITEMS_NOT_HELD: spoiled(() => ({ payload: { items: [{ seatId: randomUUID() }] } })),
  RESERVATION_NOT_EXTENDABLE: twice,
  CHANGES_GONE: async (call, service) => {
    await sql`DELETE FROM event_changes WHERE event_id = ${idOf(call)}`.execute(service.db);
    return send(service, { ...call, url: call.url.replace(/since=\d+/, 'since=0') });
  },
  RESERVATION_EXPIRED: async (call, service) => {
    await sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE id = ${idOf(call)}`.execute(
      service.db,
    );
    return send(service, call);
  },

  ALREADY_PAID: async (call, service) => {
    expect((await send(service, call)).statusCode).toBe(200);
    return withPayload(() => ({ paymentId: randomUUID() }))(call, service);
  },
  PAYMENT_REUSED: async (call, service) => {
    expect((await send(service, call)).statusCode).toBe(200);
    const other = await callOf(service, 'confirmReservation');
    return send(service, { ...other, payload: call.payload as object });
  },
  REFUND_NOT_DUE: async (call, service) => {
    await sql`UPDATE reservations SET refund_due = false WHERE id = ${idOf(call)}`.execute(service.db);
    return send(service, call);
  },
  PRECONDITION_FAILED: spoiled(({ headers }) => ({ headers: { ...headers, 'if-match': '"0"' } })),
  PRECONDITION_REQUIRED: spoiled(({ headers: { 'if-match': _, ...headers } }) => ({ headers })),
  AMOUNT_MISMATCH: withPayload(({ amount }) => ({ amount: amount - 1 })),
  PAYMENT_TOO_LATE: async (call, service) => {
    await sql`UPDATE reservations SET status = 'cancelled' WHERE id = ${idOf(call)}`.execute(service.db);
    return send(service, call);
  },

  IDEMPOTENCY_KEY_REUSED: async (call, service) => {
    const key = randomUUID();
    const earlier = { user_id: userOf(call), key, fingerprint: 'another request', status: 201, body: '{}' };
    await service.db.insertInto('idempotency_keys').values(earlier).execute();
    return send(service, withKey(call, key));
  },
  IDEMPOTENCY_IN_FLIGHT: whileInFlight,
};
