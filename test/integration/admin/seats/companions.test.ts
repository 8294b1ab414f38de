import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { SeatAttribute } from '../../../../src/database/schema.ts';
import { releaseCompanions } from '../../../../src/sales/blocks/release-companions.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { organizerOf } from './organizing.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let host: ReturnType<typeof organizerOf>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '100' } });
  api = apiOf(service);
  host = organizerOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

const ALICE = '0b9f4c9e-3a55-4c0e-8f3e-0b6f5a1c7d01';
const BOB = '0b9f4c9e-3a55-4c0e-8f3e-0b6f5a1c7d02';

async function give(seatIds: string[], attribute: SeatAttribute): Promise<void> {
  await service.db
    .updateTable('seats')
    .set({ attributes: [attribute] })
    .where('id', 'in', seatIds)
    .execute();
}

/** Seats in rows of ten; each letter is one: `a` accessible, `c` companion, `-` neither. */
async function hallOf(letters: string) {
  const event = await host.event({ seats: letters.length });
  const of = (letter: string) => event.seatIds.filter((_, index) => letters[index] === letter);
  await give(of('a'), 'accessible');
  await give(of('c'), 'companion');
  return { ...event, pick: (...indexes: number[]) => indexes.map((index) => event.seatIds[index] as string) };
}

const releaseAt = (eventId: string, time: Date | null) =>
  api.patch(`/admin/events/${eventId}`, { ...host.headers, 'if-match': '*' }, { companion_release_at: time });
const layoutOf = async (eventId: string, instance: number) =>
  (await apiOf(service, instance).get(`/seats/events/${eventId}/layout`)).body;

test('a companion seat is sold only together with an accessible seat beside it', async () => {
  // The last seat of the first row and the first one of the second row aren't side by side.
  const { eventId, pick } = await hallOf('-ac---ca-ac');
  const alone = { '422 COMPANION_SEAT': 1 };
  for (const seats of [[2], [0, 2], [2, 7], [2, 6, 7], [10], [9, 10]])
    expect(tally([await api.reserve(eventId, pick(...seats))]), seats.join()).toEqual(alone);
  expect(tally([await api.reserve(eventId, pick(1, 2))])).toEqual({ '201': 1 });
  // Also before its number, and an accessible seat is sold by itself.
  expect(tally([await api.reserve(eventId, pick(6, 7)), await api.reserve(eventId, pick(9))])).toEqual({
    '201': 2,
  });
});

test('a companion seat is not kept when its accessible seat is cancelled', async () => {
  const { eventId, pick } = await hallOf('aca-');
  const { body } = await api.reserve(eventId, pick(0, 1, 2, 3), ALICE);
  const cancel = async (...indexes: number[]) =>
    await api.post(`/reservations/${body.reservation.id}/cancel`, ALICE, {
      items: pick(...indexes).map((seatId) => ({ seatId })),
    });
  // The other accessible seat is still beside it.
  expect(tally([await cancel(0)])).toEqual({ 200: 1 });
  expect(tally([await cancel(2)])).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 1 });
  expect(tally([await cancel(1, 2)])).toEqual({ 200: 1 });
});

test('the user who has the accessible seat gets its companion seat later, and no other user does', async () => {
  const { eventId, pick } = await hallOf('-ac');
  const { body: held } = await api.reserve(eventId, pick(1), ALICE);
  expect(tally([await api.reserve(eventId, pick(2), BOB)])).toEqual({ '422 COMPANION_SEAT': 1 });
  await api.cancel(held.reservation.id, ALICE);
  expect(tally([await api.reserve(eventId, pick(2), ALICE)])).toEqual({ '422 COMPANION_SEAT': 1 });
  await api.reserve(eventId, pick(1), ALICE);
  expect(tally([await api.reserve(eventId, pick(2), ALICE)])).toEqual({ '201': 1 });
});

test('the accessible and companion seats are left to those who choose them, and sold like others from their time on', async () => {
  const { eventId, pick } = await hallOf('-acac');
  const best = (instance: number, quantity = 1) => apiOf(service, instance).best({ eventId, quantity });
  expect(tally([await best(0), await best(0), await best(1)])).toEqual({ '201': 1, '409 SOLD_OUT': 2 });
  expect(await layoutOf(eventId, 1)).not.toHaveProperty('companionsReleased');

  const time = new Date(Date.now() + 3_600_000);
  const { status, body } = await releaseAt(eventId, time);
  expect([status, body.event.companion_release_at]).toEqual([200, time.toISOString()]);
  expect(tally([await best(0), await api.reserve(eventId, pick(2))])).toEqual({
    '409 SOLD_OUT': 1,
    '422 COMPANION_SEAT': 1,
  });
  // In the future still: a time in the past would release them in the same statement.
  await sql`UPDATE events SET companion_release_at = now() + interval '50 milliseconds' WHERE id = ${eventId}`.execute(
    service.db,
  );
  for (const instance of [0, 1])
    await eventually(async () =>
      expect(await layoutOf(eventId, instance)).toMatchObject({ companionsReleased: true }),
    );
  expect(tally([await best(0), await best(1), await api.reserve(eventId, pick(4))])).toEqual({ '201': 3 });
  const released = (await host.audit(eventId)).filter(({ action }) => action === 'event.release_companions');
  expect(released).toMatchObject([
    { actor_id: null, actor_role: 'system', entity_id: eventId, after: { companions_released: true } },
  ]);
});

test('a time in the past releases companion seats at once, and no time takes that back', async () => {
  const { eventId, pick } = await hallOf('acac');
  await releaseAt(eventId, new Date(Date.now() - 60_000));
  expect(tally([await api.reserve(eventId, pick(1))])).toEqual({ '201': 1 });
  await releaseAt(eventId, null);
  expect(tally([await api.reserve(eventId, pick(3))])).toEqual({ '422 COMPANION_SEAT': 1 });
});

test('a sweep does not release companion seats whose time is being put off', async () => {
  const { eventId, pick } = await hallOf('ac');
  const due = Date.now() + 2_000;
  await releaseAt(eventId, new Date(due));
  const sweep = await service.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('events')
      .set({ companion_release_at: new Date(due + 3_600_000) })
      .where('id', '=', eventId)
      .execute();
    await eventually(() => expect(Date.now()).toBeGreaterThan(due), { interval: 100 });
    const sweeping = releaseCompanions(service.db);
    // It waits like the sweeps of both instances.
    await untilLockWaiters(service.db, 3);
    return { sweeping };
  });
  await sweep.sweeping;
  expect(tally([await api.reserve(eventId, pick(1))])).toEqual({ '422 COMPANION_SEAT': 1 });
});

test('best available finds out on locked seats that one is kept apart now', async () => {
  const { eventId, seatIds } = await host.event({ seats: 4 });
  const first = await api.best({ eventId, quantity: 1 });
  expect(first.status).toBe(201);
  // Instances hear of it within a second. This is sooner.
  await give(seatIds, 'accessible');
  expect(tally([await api.best({ eventId, quantity: 1 })])).toEqual({ '409 SOLD_OUT': 1 });
});
