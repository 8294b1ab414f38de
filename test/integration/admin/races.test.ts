import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, type HttpAnswer, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { hold, holdSeats, untilLockWaiters } from '../../support/locks.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { organizerOf } from './organizer.ts';

let service: Service;
const organizerId = randomUUID();
const PRICE = 30_000;

beforeAll(async () => {
  // An event is cancelled within this time, as long as a hold waits for a lock.
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '100' } });
});
afterAll(() => service.stop());

const at = (instance: number) => organizerOf(service, instance % 2, organizerId);
const kindOf = ({ status, body }: HttpAnswer) => body.code ?? status;

async function ownEvent(seed: Parameters<Service['seedEvent']>[0]) {
  const seeded = await service.seedEvent({ price: PRICE, ...seed });
  await sql`UPDATE events SET created_by = ${organizerId} WHERE id = ${seeded.eventId}`.execute(service.db);
  return seeded;
}

describe('an event is cancelled while it sells and is paid', () => {
  const cancel = (eventId: string) =>
    at(1).post(`/admin/events/${eventId}/cancel`, { reason: '폭설로 공연을 취소합니다.' });
  const finished = (eventId: string) =>
    eventually(async () => {
      const { body } = await at(0).get(`/admin/events/${eventId}/cancellation`);
      expect(body.cancellation?.finished_at).toEqual(expect.any(String));
    });
  const liveOf = async (eventId: string) => {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM reservations WHERE event_id = ${eventId} AND status IN ('pending', 'confirmed')`.execute(
      service.db,
    );
    return rows;
  };

  test('and each payment is due for refund once, no reservation is left, and nothing is sold afterwards', async () => {
    const { eventId, seatIds, ticketTypeIds } = await ownEvent({ seats: 30, stock: [100] });
    const payments: string[] = [];
    const wants = (index: number) =>
      index % 2 === 0
        ? apiOf(service, index).reserve(eventId, [seatIds[index / 2] as string])
        : apiOf(service, index).buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }]);
    const pay = (paymentId: string, id: string, index: number) =>
      apiOf(service, index).post(`/reservations/${id}/confirm`, service.as(undefined, 'service'), {
        ...{ paymentId, paymentMethod: 'card', amount: PRICE },
      });
    async function buy(index: number) {
      const held = await wants(index);
      if (held.status !== 201) return kindOf(held);
      const paymentId = randomUUID();
      // Each payment is reported twice, on both instances.
      const reports = [0, 1].map((more) => pay(paymentId, held.body.reservation.id, index + more));
      for (const { status } of await Promise.all(reports)) expect([200, 410]).toContain(status);
      payments.push(paymentId);
      return 'paid';
    }
    const outcomes = new Set<unknown>();
    const cancelled = Promise.withResolvers<void>();
    const buyers = Array.from({ length: 6 }, async (_, first) => {
      for (let index = first; index < 60; index += 6) {
        // The last of them come after the cancellation.
        if (index >= 54) await cancelled.promise;
        outcomes.add(await buy(index));
      }
    });
    await eventually(() => expect(payments.length).toBeGreaterThan(6));
    expect((await cancel(eventId)).status).toBe(202);
    cancelled.resolve();
    expect(kindOf(await wants(58))).toBe('EVENT_CANCELLED');
    await Promise.all(buyers);
    await finished(eventId);

    expect([...outcomes].sort()).toEqual(['EVENT_CANCELLED', 'paid']);
    expect(await liveOf(eventId)).toEqual([]);
    const { rows } = await sql<{ payment_id: string; refunds: number; amount: number }>`
      SELECT f.payment_id, count(*)::integer AS refunds, sum(f.amount)::integer AS amount
      FROM refunds f JOIN reservations r ON r.id = f.reservation_id
      WHERE event_id = ${eventId} GROUP BY f.payment_id`.execute(service.db);
    const once = payments.sort().map((payment_id) => ({ payment_id, refunds: 1, amount: PRICE }));
    expect(rows.sort((a, b) => (a.payment_id < b.payment_id ? -1 : 1))).toEqual(once);
    await expectInvariants(service.db);
  });

  /** A hold has read that the event sells, and waits for its seat until the cancellation is finished. */
  async function holdMeanwhile() {
    const { eventId, seatIds } = await ownEvent({ seats: 1 });
    const letGo = await holdSeats(service.db, eventId);
    const held = apiOf(service).reserve(eventId, seatIds);
    await untilLockWaiters(service.db, 1);
    await cancel(eventId);
    await finished(eventId);
    await letGo();
    return { held: kindOf(await held), live: (await liveOf(eventId)).length };
  }

  test('and a hold that was decided before is refused', async () => {
    expect(await holdMeanwhile()).toEqual({ held: 'EVENT_CANCELLED', live: 0 });
  });

  test('control: without the closing of the event, the hold outlives it', async () => {
    await sql`ALTER TABLE events DISABLE TRIGGER event_closed`.execute(service.db);
    try {
      expect(await holdMeanwhile()).toEqual({ held: 201, live: 1 });
    } finally {
      await sql`ALTER TABLE events ENABLE TRIGGER event_closed`.execute(service.db);
    }
  });
});

test('control: a total that is lowered without waiting for sales would lose some of them', async () => {
  const { eventId, ticketTypeIds } = await ownEvent({ stock: [10] });
  const [ticketTypeId] = ticketTypeIds;
  expect((await apiOf(service).buy(eventId, [{ ticketTypeId, quantity: 8 }])).status).toBe(201);
  const careless = service.db.transaction().execute(async (trx) => {
    await sql`ALTER TABLE ticket_types DISABLE TRIGGER USER`.execute(trx);
    // As read before the sale.
    await sql`UPDATE ticket_types SET total_quantity = 5, available_quantity = 5 WHERE id = ${ticketTypeId}`.execute(
      trx,
    );
    await expectInvariants(trx);
  });
  await expect(careless).rejects.toThrow('stock that does not add up');
  await expectInvariants(service.db);
});

describe('two admins edit the same event', () => {
  const FIELDS = ['title', 'venue'] as const;

  async function editAtOnce(eventId: string, ifMatch?: string) {
    const edits = FIELDS.flatMap((field) => [0, 1].map((instance) => ({ field, instance })));
    return await Promise.all(
      edits.map(({ field, instance }) =>
        at(instance).change(eventId, { [field]: `${field} ${instance}` }, ifMatch),
      ),
    );
  }
  const read = async (eventId: string) => {
    const { body, headers } = await at(0).get(`/admin/events/${eventId}`);
    return { event: body.event, etag: String(headers.etag) };
  };
  const entriesOf = async (eventId: string, action: string) => {
    const { body } = await at(0).get(`/admin/audit?event_id=${eventId}&action=${action}`);
    return body.entries.toReversed() as { id: number; before: object; after: object }[];
  };

  test('and one of them wins, while the others are told so and change nothing', async () => {
    const eventId = await at(0).create();
    for (let round = 0; round < 5; round++) {
      const before = await read(eventId);
      const edits = await editAtOnce(eventId, before.etag);
      expect(tally(edits)).toEqual({ 200: 1, '412 PRECONDITION_FAILED': 3 });
      const winner = edits.find(({ status }) => status === 200)?.body.event;
      const after = await read(eventId);
      expect(after.event).toEqual(winner);
      expect(after.event.revision).toBe(before.event.revision + 1);
      expect(await entriesOf(eventId, 'event.change')).toHaveLength(round + 1);
    }
  });

  test('control: without the ETag, edits overwrite what others have just written', async () => {
    const eventId = await at(0).create();
    expect(tally(await editAtOnce(eventId, '*'))).toEqual({ 200: 4 });
    expect(await entriesOf(eventId, 'event.change')).toHaveLength(4);
  });

  /** An edit waits for the event while it is published. */
  async function editWhilePublished(ifMatch?: string) {
    const eventId = await at(0).create();
    const type = { name: '일반', price: PRICE, total_quantity: 5 };
    await at(0).post(`/admin/events/${eventId}/ticket-types`, type);
    const { etag } = await read(eventId);
    const letGo = await hold(service.db, (trx) =>
      sql`SELECT FROM events WHERE id = ${eventId} FOR NO KEY UPDATE`.execute(trx),
    );
    const published = at(0).publish(eventId);
    await untilLockWaiters(service.db, 1);
    const edited = at(1).change(eventId, { title: '가을의 노래' }, ifMatch ?? etag);
    await untilLockWaiters(service.db, 2);
    await letGo();
    return [kindOf(await published), kindOf(await edited), (await read(eventId)).event.title];
  }

  test('and one that meets a publication is told so', async () => {
    expect(await editWhilePublished()).toEqual([200, 'PRECONDITION_FAILED', '봄의 노래']);
  });

  test('control: without the ETag, it changes what is published already', async () => {
    expect(await editWhilePublished('*')).toEqual([200, 200, '가을의 노래']);
  });

  test('and only one of them publishes it, with its seats once', async () => {
    const hall = {
      name: randomUUID(),
      sections: [{ name: 'A', rows: 2, seatsPerRow: 5, startRow: 1, price: 1 }],
    };
    const { body } = await at(0).post('/admin/layouts', hall);
    const eventId = await at(0).create({ seat_layout_id: body.layout.id });
    const both = await Promise.all([0, 1].map((instance) => at(instance).publish(eventId)));
    expect(tally(both)).toEqual({ 200: 1, '409 EVENT_NOT_DRAFT': 1 });
    expect((await read(eventId)).event.seat_count).toBe(10);
    expect(await entriesOf(eventId, 'event.publish')).toHaveLength(1);
  });
});
