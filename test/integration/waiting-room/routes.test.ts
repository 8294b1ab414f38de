import { randomUUID } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unsigned } from '../../contract/tokens.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '50' } });
});
afterAll(() => service.stop());

type Shown = { pass?: string; ticket?: string };

async function send(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  headers: Record<string, string>,
  payload?: object,
  instance = 0,
) {
  const request: InjectOptions = { method, url: `/api/v1${path}`, headers, ...(payload && { payload }) };
  const answer = await (service.apps[instance] ?? service.app).inject(request);
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

const showing = (userId: string, { pass, ticket }: Shown = {}) => ({
  ...service.as(userId),
  ...(pass !== undefined && { 'x-queue-pass': pass }),
  ...(ticket !== undefined && { 'x-queue-ticket': ticket }),
});
const check = (eventId: string, userId: string, shown?: Shown, instance = 0) =>
  send('POST', `/queue/check/${eventId}`, showing(userId, shown), undefined, instance);
const admin = (method: 'GET' | 'PATCH', eventId: string, payload?: object, instance = 0) =>
  send(method, `/queue/admin/${eventId}`, service.as(undefined, 'admin'), payload, instance);

interface Hall {
  eventId: string;
  seatIds: string[];
  ticketTypeIds: string[];
}
type Ask = (hall: Hall, userId: string, shown?: Shown, instance?: number) => ReturnType<typeof send>;

const buying: Record<string, Ask> = {
  reserveSeats: ({ eventId, seatIds }, userId, shown, instance) =>
    send(
      'POST',
      '/seats/reserve',
      showing(userId, shown),
      { eventId, seatIds: seatIds.slice(0, 1) },
      instance,
    ),
  holdBestAvailable: ({ eventId }, userId, shown, instance) =>
    send('POST', '/seats/best-available', showing(userId, shown), { eventId, quantity: 1 }, instance),
  createReservation: ({ eventId, ticketTypeIds }, userId, shown, instance) => {
    const items = [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }];
    return send('POST', '/reservations', showing(userId, shown), { eventId, items }, instance);
  },
};
const asking: Record<string, Ask> = {
  checkQueue: ({ eventId }, userId, shown, instance) => check(eventId, userId, shown, instance),
  getQueueStatus: ({ eventId }, userId, shown, instance) =>
    send('GET', `/queue/status/${eventId}`, showing(userId, shown), undefined, instance),
  heartbeatQueue: ({ eventId }, userId, shown, instance) =>
    send('POST', `/queue/heartbeat/${eventId}`, showing(userId, shown), undefined, instance),
};

const seed = (): Promise<Hall> => service.seedEvent({ seats: 10, stock: [10] });

/** Somebody inside, who fills the event, and somebody in line. */
async function withLine() {
  const hall = await seed();
  const [inside, waiting] = [randomUUID(), randomUUID()] as const;
  const entry = (await check(hall.eventId, inside)).body;
  const place = (await check(hall.eventId, waiting)).body;
  return { hall, inside, waiting, pass: entry.pass as string, ticket: place.ticket as string };
}

/** As a Redis that has lost its memory. */
async function lose(eventId: string): Promise<void> {
  const { redis, redisPrefix } = service.app;
  const keys = await redis.keys(`${redisPrefix}:{${eventId}}:*`);
  expect(keys.length).toBeGreaterThan(0);
  await redis.del(...keys);
}

describe('a place', () => {
  test('is told inside and in line with the fields that existing clients read, and new ones beside them', async () => {
    const { eventId } = await service.seedEvent();
    const inside = (await check(eventId, randomUUID())).body;
    expect(inside).toEqual({
      queued: false,
      state: 'inside',
      currentUsers: 1,
      threshold: 1,
      servedSeq: 0,
      nextPollMs: expect.any(Number),
      pass: expect.any(String),
    });
    const waiting = (await check(eventId, randomUUID())).body;
    expect(waiting).toEqual({
      queued: true,
      state: 'waiting',
      position: 1,
      queueSize: 1,
      currentUsers: 1,
      threshold: 1,
      sequence: 1,
      servedSeq: 0,
      estimatedWait: expect.any(Number),
      estimatedWaitRange: { min: expect.any(Number), max: expect.any(Number) },
      nextPollMs: expect.any(Number),
      ticket: expect.any(String),
    });
    const { min, max } = waiting.estimatedWaitRange;
    expect([min, waiting.estimatedWait, max]).toEqual(
      [min, waiting.estimatedWait, max].sort((a, b) => a - b),
    );
  });

  test('is kept by a heartbeat as it is, and given by none', async () => {
    const { hall, waiting } = await withLine();
    const beat = (await asking.heartbeatQueue?.(hall, waiting))?.body;
    expect(beat).toMatchObject({ queued: true, state: 'waiting', position: 1, sequence: 1, queueSize: 1 });
    const stranger = (await asking.heartbeatQueue?.(hall, randomUUID()))?.body;
    expect(stranger).toMatchObject({ queued: false, state: 'outside', position: 0, queueSize: 1 });
    expect(stranger).not.toHaveProperty('pass');
    expect(stranger).not.toHaveProperty('ticket');
  });

  test('is no access token, and no access token is a place', async () => {
    const { hall, inside, pass } = await withLine();
    for (const authorization of [`Bearer ${pass}`])
      expect((await send('GET', `/queue/status/${hall.eventId}`, { authorization })).body.code).toBe(
        'TOKEN_INVALID',
      );
    await lose(hall.eventId);
    const shown = { pass: service.token({ userId: inside }) };
    await check(hall.eventId, randomUUID());
    expect((await check(hall.eventId, inside, shown, 1)).body).toMatchObject({ queued: true });
  });
});

describe.each(Object.entries({ ...asking, ...buying }))('%s', (name, ask) => {
  const granted = name in buying ? { status: 201 } : { status: 200, body: { state: 'inside' } };
  const refused =
    name in buying
      ? { status: 403, body: { code: 'QUEUE_REQUIRED' } }
      : { status: 200, body: { state: expect.stringMatching(/^(waiting|outside)$/) } };

  test('takes the word of a pass after a loss of Redis, on an instance that never saw its owner', async () => {
    const { hall, inside, pass } = await withLine();
    await check(hall.eventId, randomUUID(), {}, 1);
    await lose(hall.eventId);
    expect(await ask(hall, randomUUID(), {}, 1)).toMatchObject(refused);
    expect(await ask(hall, inside, { pass }, 1)).toMatchObject(granted);
  });

  test.each<[string, (room: { pass: string; ticket: string }) => Shown]>([
    ['nonsense', () => ({ pass: 'nonsense', ticket: 'a.b.c' })],
    ['nothing', () => ({ pass: '', ticket: '' })],
    ['far too much', () => ({ pass: 'x'.repeat(5_000), ticket: 'x'.repeat(5_000) })],
    ['what nobody signed', () => ({ pass: unsigned({ aud: 'pass' }) })],
    ['what is somebody else’s', ({ pass, ticket }) => ({ pass, ticket })],
  ])('ignores %s that is shown', async (_what, shown) => {
    const room = await withLine();
    expect(await ask(room.hall, randomUUID(), shown(room))).toMatchObject(refused);
    expect(await ask(room.hall, room.inside, shown(room))).toMatchObject(granted);
  });
});

describe.each(Object.entries(asking))('%s', (_name, ask) => {
  test('takes the word of a ticket after a loss of Redis, and those who come since are behind it', async () => {
    const { hall, waiting, ticket } = await withLine();
    await check(hall.eventId, randomUUID(), {}, 1);
    await lose(hall.eventId);
    const newcomer = randomUUID();
    expect((await check(hall.eventId, newcomer, {}, 1)).body).toMatchObject({ position: 1 });
    expect((await ask(hall, waiting, { ticket }, 1)).body).toMatchObject({ state: 'waiting', position: 1 });
    expect((await check(hall.eventId, newcomer, {}, 1)).body).toMatchObject({ position: 2 });
  });
});

describe.each(Object.entries(buying))('the refusal of %s', (_name, buy) => {
  test('says where those in line stand, and where the others would', async () => {
    const { hall, waiting } = await withLine();
    const inLine = (await buy(hall, waiting)).body;
    expect(inLine).toMatchObject({
      code: 'QUEUE_REQUIRED',
      queue: { queued: true, position: 1, queueSize: 1 },
    });
    const without = (await buy(hall, randomUUID())).body;
    expect(without.queue).toMatchObject({ queued: false, position: 2, queueSize: 1 });
    for (const { queue } of [inLine, without]) {
      expect(queue.estimatedWaitRange.min).toBeLessThanOrEqual(queue.estimatedWait);
      expect(queue.estimatedWaitRange.max).toBeGreaterThanOrEqual(queue.estimatedWait);
    }
    // Asking to buy is not asking for a place.
    expect((await admin('GET', hall.eventId)).body.queueSize).toBe(1);
  });
});

test('a refusal under an Idempotency-Key says it as well, and is not the last word', async () => {
  const { hall, inside, waiting } = await withLine();
  const headers = { ...service.as(waiting), 'idempotency-key': randomUUID() };
  const reserve = () =>
    send('POST', '/seats/best-available', headers, { eventId: hall.eventId, quantity: 1 });
  expect((await reserve()).body).toMatchObject({ code: 'QUEUE_REQUIRED', queue: { position: 1 } });
  await send('POST', `/queue/leave/${hall.eventId}`, service.as(inside));
  expect((await reserve()).status).toBe(201);
});

describe('more time to pay', () => {
  const extend = (id: string, userId: string, shown: Shown) =>
    send('POST', `/reservations/${id}/extend`, showing(userId, shown), undefined, 1);
  const bought = async () => {
    const { hall, inside, pass } = await withLine();
    const { body } = (await buying.createReservation?.(hall, inside)) ?? {};
    return { eventId: hall.eventId, inside, pass, id: body.reservation.id as string };
  };

  test('is given to who shows a pass after a loss of Redis', async () => {
    const { eventId, inside, pass, id } = await bought();
    await check(eventId, randomUUID(), {}, 1);
    await lose(eventId);
    expect((await extend(id, inside, {})).body).toMatchObject({
      code: 'QUEUE_REQUIRED',
      queue: { queued: false },
    });
    expect((await extend(id, inside, { pass })).status).toBe(200);
  });

  test('is refused to who has left, whatever he shows', async () => {
    const { eventId, inside, pass, id } = await bought();
    await send('POST', `/queue/leave/${eventId}`, service.as(inside));
    expect((await extend(id, inside, { pass })).body).toMatchObject({ code: 'QUEUE_REQUIRED' });
  });
});

describe('an administrator', () => {
  test('reads the settings and the last hour', async () => {
    const { hall } = await withLine();
    expect((await admin('GET', hall.eventId)).body).toEqual({
      eventId: hall.eventId,
      queueSize: 1,
      currentUsers: 1,
      threshold: 1,
      available: 0,
      servedSeq: 0,
      paused: false,
      drainPerSecond: null,
      lobbyMinutes: null,
      lobbySize: 0,
      stats: {
        seconds: 3_600,
        arrivals: 1,
        admissions: 0,
        abandonments: 0,
        waitP50: null,
        waitP95: null,
        estimateErrorP50: null,
        estimateErrorP90: null,
      },
    });
  });

  test('changes what is given and nothing else, on every instance, and takes it back with null', async () => {
    const { eventId } = await service.seedEvent({ saleStartsIn: 1 });
    const settings = { threshold: 5, drainPerSecond: 0.5, paused: true, lobbyMinutes: 30 };
    for (const [name, value] of Object.entries(settings))
      expect(await admin('PATCH', eventId, { [name]: value })).toMatchObject({
        status: 200,
        body: { [name]: value },
      });
    expect((await admin('GET', eventId)).body).toMatchObject(settings);
    await eventually(async () =>
      expect((await admin('GET', eventId, undefined, 1)).body).toMatchObject(settings),
    );
    const none = { threshold: null, drainPerSecond: null, paused: false, lobbyMinutes: null };
    expect((await admin('PATCH', eventId, none)).body).toMatchObject({ ...none, threshold: 1 });
  });

  test.each([
    [{}],
    [{ threshold: -1 }],
    [{ threshold: 1.5 }],
    [{ threshold: '5' }],
    [{ threshold: 10_000_001 }],
    [{ drainPerSecond: 0 }],
    [{ drainPerSecond: 1_000_001 }],
    [{ paused: null }],
    [{ lobbyMinutes: 0 }],
    [{ lobbyMinutes: 1_441 }],
    [{ paused: true, somethingElse: 1 }],
  ])('can not set %j', async (payload) => {
    const { eventId } = await service.seedEvent({ saleStartsIn: 1 });
    const before = (await admin('GET', eventId)).body;
    expect(await admin('PATCH', eventId, payload)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
    expect((await admin('GET', eventId)).body).toEqual(before);
  });
});

describe('a lottery', () => {
  const lottery = (eventId: string, rest = '', headers = {}) =>
    service.app.inject({ url: `/api/v1/queue/lottery/${eventId}${rest}`, headers });

  test('shows anybody the hash of its seed, and seed and order once it is drawn', async () => {
    const { eventId } = await service.seedEvent({ saleStartsIn: 1 });
    expect((await lottery(eventId)).json().code).toBe('LOTTERY_NOT_FOUND');
    await admin('PATCH', eventId, { lobbyMinutes: 30 });
    const announced = (await lottery(eventId)).json();
    expect(announced).toMatchObject({
      eventId,
      state: 'announced',
      seed: null,
      drawnAt: null,
      entries: null,
    });
    expect(Date.parse(announced.drawsAt) - Date.parse(announced.opensAt)).toBe(30 * 60_000);
    expect((await lottery(eventId, '/order')).json().code).toBe('LOTTERY_NOT_FOUND');

    await service.db
      .updateTable('queue_lotteries')
      .set({ drawn_at: sql`now()`, entries: 1, user_ids: Buffer.alloc(16, 7) })
      .where('event_id', '=', eventId)
      .execute();
    await eventually(async () =>
      expect((await lottery(eventId)).json()).toMatchObject({
        state: 'drawn',
        entries: 1,
        seedHash: announced.seedHash,
        seed: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    );
    const order = await eventually(async () => {
      const answer = await lottery(eventId, '/order');
      expect(answer.statusCode).toBe(200);
      return answer;
    });
    expect(order.json()).toEqual({
      eventId,
      entries: 1,
      numbers: [expect.stringMatching(/^[0-9a-f]{16}$/)],
    });
    const again = await lottery(eventId, '/order', { 'if-none-match': String(order.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });
});
