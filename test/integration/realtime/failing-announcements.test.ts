import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { lifecycleOf } from '../sales/lifecycle/lifecycle.ts';

let service: Service;
const lines: string[] = [];
const failures = () => lines.filter((line) => line.includes('"a step of an announcement failed"')).length;

beforeAll(async () => {
  service = await startService({
    // One service never sweeps, so that a request meets the holds that have expired.
    env: { SWEEP_INTERVAL_MS: '60000', QUEUE_THRESHOLD: '2', QUEUE_TICK_MS: '60000' },
    log: { write: (line) => void lines.push(line) },
  });
  spoil();
});
afterAll(() => service.stop());

/** Every message to subscribers and to other instances fails from now on, and so does a cache that hears of changes. */
function spoil(app = service.app): void {
  const fail = () => {
    throw new Error('spoiled');
  };
  const { adapter } = app.io.sockets;
  Object.assign(adapter, { broadcast: fail, serverSideEmit: fail });
  app.announcements.onChanged(fail);
  app.announcements.onLeft(fail);
  // As if subscribers were there: without them, nothing is sent.
  adapter.rooms.has = () => true;
}

/** Expects the work to succeed although its announcement fails, as the log says. */
async function expectNoHarm<T extends { status: number }>(
  work: () => Promise<T>,
  status: number,
): Promise<T> {
  const before = failures();
  const answer = await work();
  expect(answer.status, JSON.stringify(answer)).toBe(status);
  await eventually(() => expect(failures()).toBeGreaterThan(before));
  return answer;
}

test('a failed announcement is no error for a buyer who holds, cancels or pays', async () => {
  const { confirm } = lifecycleOf(service);
  const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
  const [first, second] = [randomUUID(), randomUUID()];
  const api = apiOf(service);
  const hold = (user: string, seat: number) =>
    expectNoHarm(() => api.reserve(eventId, seatIds.slice(seat, seat + 1), user), 201);
  const [one, other] = [await hold(first, 0), await hold(second, 1)];
  await expectNoHarm(() => api.cancel(one.body.reservation.id, first), 200);
  const { id, totalAmount } = other.body.reservation;
  await expectNoHarm(() => confirm(id, totalAmount), 200);
});

test('a failed announcement of an expired hold is no error for the buyer who gets its seats', async () => {
  const { held, expire, confirm } = lifecycleOf(service);
  const early = await held();
  await expire(early.id);
  const { body } = await expectNoHarm(() => apiOf(service).reserve(early.eventId, early.seatIds), 201);
  // Nor for a late payment, before which the second hold has to end.
  await expire(body.reservation.id);
  await expectNoHarm(() => confirm(early.id, early.amount), 200);
});

test('the sweep goes on after a failed announcement', async () => {
  const log: string[] = [];
  const sweeping = await startService({
    env: { SWEEP_INTERVAL_MS: '50' },
    log: { write: (line) => void log.push(line) },
  });
  spoil(sweeping.app);
  const { held, expire, seatStatuses } = lifecycleOf(sweeping);
  for (let round = 0; round < 3; round++) {
    const { id, eventId } = await held(1);
    await expire(id);
    await eventually(async () => expect(await seatStatuses(eventId)).toEqual(['available']));
  }
  await sweeping.stop();
  expect(log.join('')).not.toContain('the sweep of expired holds failed');
});

test('a failed announcement is no error for a user who leaves the waiting room, and the next one is let in', async () => {
  const { eventId } = await service.seedEvent();
  const api = apiOf(service);
  const users = [randomUUID(), randomUUID(), randomUUID()] as const;
  for (const user of users) expect((await api.post(`/queue/check/${eventId}`, user)).status).toBe(200);
  const state = async (user: string) => (await api.get(`/queue/status/${eventId}`, user)).body.state;
  expect(await state(users[2])).toBe('waiting');
  await expectNoHarm(() => api.post(`/queue/leave/${eventId}`, users[0]), 200);
  expect(await state(users[2])).toBe('inside');
  const admin = service.as(undefined, 'admin');
  await expectNoHarm(() => api.post(`/queue/admin/clear/${eventId}`, admin), 200);
});
