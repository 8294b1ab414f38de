import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { within } from '../../support/timed.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';

/** A command is given up after a second, and a request needs two of them at most. */
const ANSWERED_MS = 5_000;

let service: Service;
let api: ReturnType<typeof apiOf>;

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({ ownRedis: true, env: { SWEEP_INTERVAL_MS: '100', QUEUE_TICK_MS: '100' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

test.each(['stop', 'pause'] as const)(
  'while Redis is away (%s) an event without a line sells on and sends no buyer into one, and all resumes by itself',
  async (fault) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const user = randomUUID();
    const check = () => api.post(`/queue/check/${eventId}`, user);
    expect((await check()).status).toBe(200);

    await service.redis[fault]();
    try {
      const answers = await within(
        ANSWERED_MS,
        Promise.all([
          api.reserve(eventId, seatIds.slice(0, 1)),
          api.reserve(eventId, seatIds.slice(0, 1)),
          api.get(`/seats/events/${eventId}`),
          api.get('/events'),
          api.get(`/queue/status/${eventId}`, user),
        ]),
      );
      expect(tally(answers)).toEqual({ 200: 3, 201: 1, '409 SEAT_UNAVAILABLE': 1 });
      expect(answers[4].body).toMatchObject({ queued: false });
      const ready = await within(ANSWERED_MS, ask(service.app, { url: '/health/ready' }));
      expect(ready.body).toMatchObject({ postgres: { status: 'up' }, redis: { status: 'down' } });
    } finally {
      await (fault === 'stop' ? service.redis.start() : service.redis.resume());
    }

    await eventually(() => expect(service.app.redisHealth.answers).toBe(true), { timeout: 10_000 });
    expect((await check()).status).toBe(200);
    expect((await api.reserve(eventId, seatIds.slice(2, 3))).status).toBe(201);
  },
);

test('while Redis is away, no buyer overtakes the line of an event', async () => {
  const small = await startService({ ownRedis: true, env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '60000' } });
  try {
    const { eventId, seatIds } = await small.seedEvent({ seats: 4 });
    const smallApi = apiOf(small);
    const check = (userId: string) => smallApi.post(`/queue/check/${eventId}`, userId);
    const [inside, waiting] = [randomUUID(), randomUUID()];
    expect((await check(inside)).body).toMatchObject({ queued: false });
    expect((await check(waiting)).body).toMatchObject({ queued: true, position: 1 });
    await small.redis.stop();
    const refused = await smallApi.reserve(eventId, seatIds.slice(0, 1), waiting);
    expect(tally([refused])).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  } finally {
    await small.stop();
  }
});
