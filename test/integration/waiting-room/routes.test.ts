import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { callsWithProofs } from '../../support/waiting-room/calls-with-proofs.ts';

let service: Service;
let calls: ReturnType<typeof callsWithProofs>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '50' } });
  calls = callsWithProofs(service);
});
afterAll(() => service.stop());

describe('a place', () => {
  test('is answered with the fields that existing clients read and the new ones beside them', async () => {
    const { eventId } = await service.seedEvent();
    const inside = (await calls.check(eventId, randomUUID())).body;
    expect(inside).toEqual({
      queued: false,
      state: 'inside',
      currentUsers: 1,
      threshold: 1,
      servedSeq: 0,
      nextPollMs: expect.any(Number),
      pass: expect.any(String),
      keptUntil: expect.any(String),
    });
    const waiting = (await calls.check(eventId, randomUUID())).body;
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
      keptUntil: expect.any(String),
    });
    const { min, max } = waiting.estimatedWaitRange;
    expect([min, waiting.estimatedWait, max]).toEqual(
      [min, waiting.estimatedWait, max].sort((a, b) => a - b),
    );
  });

  test('is kept by a heartbeat, and never given by one', async () => {
    const { offer, waiting } = await calls.withLine();
    const beat = (await calls.of('heartbeatQueue')(offer, waiting)).body;
    expect(beat).toMatchObject({ queued: true, state: 'waiting', position: 1, sequence: 1, queueSize: 1 });
    const stranger = (await calls.of('heartbeatQueue')(offer, randomUUID())).body;
    expect(stranger).toMatchObject({ queued: false, state: 'outside', position: 0, queueSize: 1 });
    expect(stranger).not.toHaveProperty('pass');
    expect(stranger).not.toHaveProperty('ticket');
  });

  test('is no access token, and an access token is no place', async () => {
    const { offer, inside, pass } = await calls.withLine();
    const asAccess = { authorization: `Bearer ${pass}` };
    const answer = await calls.send('GET', `/queue/status/${offer.eventId}`, asAccess);
    expect(answer.body.code).toBe('TOKEN_INVALID');
    await calls.loseRoom(offer.eventId);
    const shown = { pass: service.token({ userId: inside }) };
    await calls.check(offer.eventId, randomUUID());
    expect((await calls.check(offer.eventId, inside, shown, 1)).body).toMatchObject({ queued: true });
  });
});

describe('an administrator', () => {
  test('reads the settings and the last hour', async () => {
    const { offer } = await calls.withLine();
    expect((await calls.admin('GET', offer.eventId)).body).toEqual({
      eventId: offer.eventId,
      queueSize: 1,
      currentUsers: 1,
      threshold: 1,
      available: 0,
      servedSeq: 0,
      paused: false,
      drainPerSecond: null,
      lobbyMinutes: null,
      waitingTtlSeconds: 300,
      lobbySize: 0,
      silentSize: 0,
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

  test('changes only the given settings, on every instance, and resets them with null', async () => {
    const { eventId } = await service.seedEvent({ saleStartsIn: 1 });
    const settings = {
      threshold: 5,
      drainPerSecond: 0.5,
      paused: true,
      lobbyMinutes: 30,
      waitingTtlSeconds: 60,
    };
    for (const [name, value] of Object.entries(settings))
      expect(await calls.admin('PATCH', eventId, { [name]: value })).toMatchObject({
        status: 200,
        body: { [name]: value },
      });
    expect((await calls.admin('GET', eventId)).body).toMatchObject(settings);
    await eventually(async () =>
      expect((await calls.admin('GET', eventId, undefined, 1)).body).toMatchObject(settings),
    );
    const none = { threshold: null, drainPerSecond: null, paused: false, lobbyMinutes: null };
    expect((await calls.admin('PATCH', eventId, none)).body).toMatchObject({ ...none, threshold: 1 });
    const { body } = await calls.admin('PATCH', eventId, { waitingTtlSeconds: null });
    expect(body).toMatchObject({ waitingTtlSeconds: 300 });
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
    [{ waitingTtlSeconds: 59 }],
    [{ waitingTtlSeconds: 7_201 }],
    [{ waitingTtlSeconds: 60.5 }],
    [{ paused: true, somethingElse: 1 }],
  ])('cannot set %j', async (payload) => {
    const { eventId } = await service.seedEvent({ saleStartsIn: 1 });
    const before = (await calls.admin('GET', eventId)).body;
    expect(await calls.admin('PATCH', eventId, payload)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
    expect((await calls.admin('GET', eventId)).body).toEqual(before);
  });
});

describe('a lottery', () => {
  const lottery = (eventId: string, rest = '', headers = {}) =>
    service.app.inject({ url: `/api/v1/queue/lottery/${eventId}${rest}`, headers });

  test('publishes the hash of its seed before the draw, and the seed and the order after it', async () => {
    const { eventId } = await service.seedEvent({ saleStartsIn: 1 });
    expect((await lottery(eventId)).json().code).toBe('LOTTERY_NOT_FOUND');
    await calls.admin('PATCH', eventId, { lobbyMinutes: 30 });
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
