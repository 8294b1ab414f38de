import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, ask } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
beforeAll(async () => {
  // In development the pages need no build.
  const env = { NODE_ENV: 'development', HOLD_SECONDS: '3', SWEEP_INTERVAL_MS: '100' };
  service = await startService({ env });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

const pay = (reservationId: string, userId: string, outcome = 'paid') =>
  ask(service.app, {
    method: 'POST',
    url: '/demo/payments',
    headers: service.as(userId),
    payload: { reservationId, outcome },
  });

async function held() {
  const userId = randomUUID();
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const { body } = await api.reserve(eventId, seatIds, userId);
  const id: string = body.reservation.id;
  const now = async () => (await api.get(`/reservations/${id}`, userId)).body.reservation;
  return { id, userId, eventId, seatIds, now };
}

test('the owner of a hold pays for it, with the amount of the reservation', async () => {
  const { id, userId, now } = await held();
  expect((await pay(id, userId, 'refused')).body).toEqual({ outcome: 'refused' });
  expect(await now()).toMatchObject({ status: 'pending', payment_status: 'pending' });
  expect((await pay(id, userId)).body).toEqual({ outcome: 'paid' });
  expect(await now()).toMatchObject({
    status: 'confirmed',
    payment_status: 'completed',
    payment_method: 'card',
  });
});

test('another user cannot pay, nor a visitor without a token', async () => {
  const { id, now } = await held();
  expect((await pay(id, randomUUID())).body).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
  const url = '/demo/payments';
  const payload = { reservationId: id, outcome: 'paid' };
  const { status } = await ask(service.app, { method: 'POST', url, payload });
  expect(status).toBe(401);
  expect((await now()).payment_status).toBe('pending');
});

test('a late payment comes after the end of the hold: it is due for refund if another buyer was quicker', async () => {
  const { id, userId, eventId, seatIds, now } = await held();
  const kept = await held();
  expect((await pay(id, userId, 'late')).body).toEqual({ outcome: 'late' });
  await pay(kept.id, kept.userId, 'late');
  const rival = randomUUID();
  const taken = await eventually(
    async () => {
      const answer = await api.reserve(eventId, seatIds, rival);
      expect(answer.status).toBe(201);
      return answer.body.reservation.id as string;
    },
    { timeout: 10_000, interval: 100 },
  );
  await pay(taken, rival);
  await eventually(async () =>
    expect(await now()).toMatchObject({
      status: 'expired',
      refund_due: true,
      refunds: [{ reason: 'too_late', amount: 50_000 }],
    }),
  );
  // The seat of the other hold was still free.
  await eventually(async () => expect((await kept.now()).status).toBe('confirmed'));
});

test('while the pages for buyers are off, there is no payment service to play', async () => {
  const app = await service.startAnother({ WEB: 'off' });
  const { id, userId } = await held();
  const { status } = await ask(app, {
    method: 'POST',
    url: '/demo/payments',
    headers: service.as(userId),
    payload: { reservationId: id, outcome: 'paid' },
  });
  expect(status).toBe(404);
});
