import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { releaseDue } from '../../../../src/sales/blocks/release-seats.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { lifecycleOf } from '../../sales/lifecycle/lifecycle.ts';
import { organizerOf } from './organizing.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let host: ReturnType<typeof organizerOf>;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '100' } });
  api = apiOf(service);
  host = organizerOf(service);
  sockets = openSockets(service.token);
});
afterEach(async () => {
  await expectInvariants(service.db);
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

test('a blocked seat is sold in no way, and shown as sold to buyers and with its reason to the organizer', async () => {
  const { eventId, seatIds } = await host.event({ seats: 12 });
  const [first, second] = seatIds as [string, string];
  const listener = await sockets.connect(service.origins[1] as string);
  await listener.send('join-seat-selection', { eventId });

  const { status, body } = await host.block(eventId, {
    seat_ids: [first],
    rows: [{ section: 'A', row_number: 2 }],
  });
  expect([status, body.blocked, body.block.seats]).toEqual([201, 3, 3]);
  expect(await host.shown(eventId)).toEqual(['reserved', ...times(9, 'available'), 'reserved', 'reserved']);
  await eventually(() => {
    const told = listener.heard('seat-locked').map(({ seatId, status }) => [seatId, status]);
    expect(told.toSorted()).toEqual([first, ...seatIds.slice(10)].sort().map((id) => [id, 'reserved']));
  });
  expect(await host.seats(eventId)).toMatchObject({
    ids: seatIds,
    statuses: [3, ...times(9, 0), 3, 3],
    prices: times(12, 50_000),
    blocks: [{ id: body.block.id, reason: '초대석', release_at: null, seats: [0, 10, 11] }],
  });

  expect(tally([await api.reserve(eventId, [first])])).toEqual({ '409 SEAT_UNAVAILABLE': 1 });
  expect(tally([await api.reserve(eventId, [first, second])])).toEqual({ '409 SEAT_UNAVAILABLE': 1 });
  // Nine seats are left: four, four and one.
  const best = [];
  for (const quantity of [4, 4, 2, 1, 1]) best.push(await api.best({ eventId, quantity }));
  expect(tally(best)).toEqual({ '201': 3, '409 SOLD_OUT': 2 });
});

test('a block says which seats it did not get, and why', async () => {
  const { eventId, seatIds } = await host.event({ seats: 6 });
  const [held, sold, blocked, ...free] = seatIds as [string, string, string];
  await api.reserve(eventId, [held]);
  const { body: other } = await api.reserve(eventId, [sold]);
  await lifecycleOf(service).confirm(other.reservation.id, 50_000);
  await host.block(eventId, { seat_ids: [blocked] });

  const { body } = await host.block(eventId, { sections: ['A'] });
  expect(body).toMatchObject({
    blocked: free.length,
    not_blocked: { held: [held], sold: [sold], blocked: [blocked] },
  });
  const again = await host.block(eventId, { sections: ['A'] });
  expect([again.status, again.body.blocked, again.body.block]).toEqual([201, 0, undefined]);
  expect(await host.blocks(eventId)).toHaveLength(2);
});

test('an event with only blocked seats left is sold out, and on sale again after their release', async () => {
  const { eventId, seatIds } = await host.event({ seats: 4 });
  const { body } = await host.block(eventId, { sections: ['A'] });
  const status = async () => (await apiOf(service, 1).get(`/events/${eventId}`)).body.event.status;
  await eventually(async () => expect(await status()).toBe('sold_out'));
  expect((await host.unblock(eventId, { block_id: body.block.id })).body).toEqual({ unblocked: 4 });
  await eventually(async () => expect(await status()).toBe('on_sale'));
  expect(await host.blocks(eventId)).toEqual([]);
  expect((await api.reserve(eventId, seatIds)).status).toBe(201);
  expect((await host.unblock(eventId, { seat_ids: seatIds })).body).toEqual({ unblocked: 0 });
});

test('a block is released at its time, once, and announced on every instance', async () => {
  const { eventId } = await host.event({ seats: 4 });
  const listener = await sockets.connect(service.origins[1] as string);
  await listener.send('join-seat-selection', { eventId, batch: true });
  const release_at = new Date(Date.now() + 3_600_000).toISOString();
  const { body } = await host.block(eventId, { sections: ['A'], release_at });
  expect(await host.shown(eventId)).toEqual(times(4, 'reserved'));
  expect(await releaseDue(service.db)).toMatchObject({ seats: 0 });
  await sql`UPDATE seat_blocks SET release_at = now() WHERE id = ${body.block.id}`.execute(service.db);

  await eventually(() => {
    const last = listener.heard('seats-changed').at(-1);
    expect(last?.seats.toSorted()).toEqual([0, 1, 2, 3].map((index) => [index, 0]));
  });
  // The other instance may hear of it a moment later.
  await eventually(async () => expect(await host.shown(eventId)).toEqual(times(4, 'available')));
  expect(await host.audit(eventId)).toMatchObject([
    { action: 'seat_block.create', actor_id: host.organizer, entity_id: body.block.id, reason: '초대석' },
    { action: 'seat_block.release', actor_id: null, actor_role: 'system', entity_id: body.block.id },
  ]);
});

test('a late payment does not take back a seat that was blocked since', async () => {
  const sale = lifecycleOf(service);
  const { eventId, seatIds } = await host.event({ seats: 2 });
  const { body } = await api.reserve(eventId, seatIds);
  const { id } = body.reservation;
  await sale.expire(id);
  await eventually(async () => expect(await host.shown(eventId)).toEqual(times(2, 'available')));
  await host.block(eventId, { seat_ids: seatIds.slice(0, 1) });
  expect(tally([await sale.confirm(id, 100_000)])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
  expect(await sale.payment(id)).toMatchObject({ status: 'expired', refund_due: true });
});

test('only the organizer of the event and administrators block its seats', async () => {
  const { eventId, seatIds } = await host.event({ seats: 2 });
  const other = organizerOf(service);
  expect(tally([await other.block(eventId, { seat_ids: seatIds })])).toEqual({ '403 FORBIDDEN': 1 });
  expect(tally([await other.unblock(eventId, { seat_ids: seatIds })])).toEqual({ '403 FORBIDDEN': 1 });
  const asAdmin = await host.block(eventId, { seat_ids: seatIds }, service.as(randomUUID(), 'admin'));
  expect(asAdmin.body.blocked).toBe(2);
});

test('a block of many seats that is interrupted goes on under its key, as the same block', async () => {
  const { eventId, seatIds } = await host.event({ seats: 2_100 });
  const last = seatIds.toSorted().at(-1) as string;
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM seats WHERE id = ${last} FOR UPDATE`.execute(trx),
  );
  const key = { 'idempotency-key': randomUUID() };
  expect((await host.block(eventId, { sections: ['A'] }, key)).status).toBe(503);
  expect(await host.blocks(eventId)).toMatchObject([{ seats: 2_000 }]);
  await letGo();

  const { status, body } = await host.block(eventId, { sections: ['A'] }, key);
  expect([status, body.blocked, body.block.seats]).toEqual([201, 2_100, 2_100]);
  expect(body.not_blocked).toEqual({ held: [], sold: [], blocked: [] });
  expect(await host.blocks(eventId)).toHaveLength(1);
  expect((await host.audit(eventId)).map(({ action }) => action)).toEqual(['seat_block.create']);

  // Answered once: under the same key, released seats stay on sale.
  await host.unblock(eventId, { sections: ['A'] });
  expect((await host.block(eventId, { sections: ['A'] }, key)).text).toBe(JSON.stringify(body));
  expect(await host.blocks(eventId)).toEqual([]);
});
