import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { organizerOf } from './organizer.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ instances: 2 });
});
afterAll(() => service.stop());

const VIP = 150_000;
const R = 100_000;
const STANDING = 60_000;

interface Held {
  id: string;
  userId: string;
  amount: number;
  seats: { id: string; price: number }[];
}

test('an event lives from its hall to its last refund over HTTP alone', async () => {
  const organizer = organizerOf(service);
  const payments = service.as(undefined, 'service');
  const granted = async (answer: ReturnType<typeof organizer.get>) => {
    const { status, body, text } = await answer;
    expect(status, text).toBeLessThan(300);
    return body;
  };

  // Hall, event, ticket type.
  const section = { rows: 2, seatsPerRow: 10 };
  const { layout } = await granted(
    organizer.post('/admin/layouts', {
      name: randomUUID(),
      sections: [
        { name: 'VIP', ...section, startRow: 1, price: VIP },
        { name: 'R', ...section, startRow: 3, price: R },
      ],
    }),
  );
  const eventId = await organizer.create({ seat_layout_id: layout.id });
  const path = `/admin/events/${eventId}`;
  await granted(organizer.change(eventId, { artist_name: '=HYPERLINK("x")' }, '"1"'));
  const { ticket_type } = await granted(
    organizer.post(`${path}/ticket-types`, { name: '=1+1', price: STANDING, total_quantity: 5 }),
  );
  const types = ['event.published', 'event.cancelled', 'seat_block.created'];
  const more = ['held', 'confirmed', 'cancelled', 'refund_due', 'refunded'].map(
    (each) => `reservation.${each}`,
  );
  await granted(organizer.post('/admin/webhooks', { types: [...types, ...more], event_id: eventId }));
  expect((await apiOf(service, 1).get(`/events/${eventId}`)).status).toBe(404);
  await granted(organizer.publish(eventId));

  // Ten seats are blocked, and all others are sold, on both instances.
  const { block } = await granted(
    organizer.post(`${path}/seats/block`, { reason: '초대석', rows: [{ section: 'VIP', row_number: 1 }] }),
  );
  const { ids, statuses } = await granted(organizer.get(`${path}/seats`));
  const blocked: string[] = ids.filter((_: string, index: number) => statuses[index] === 3);
  expect([block.seats, blocked.length]).toEqual([10, 10]);
  await eventually(async () => expect((await apiOf(service, 1).get(`/events/${eventId}`)).status).toBe(200));
  const held: Held[] = [];
  const hold = async (index: number) => {
    const userId = randomUUID();
    const { status, body } = await apiOf(service, index).best({ eventId, quantity: 3 }, userId);
    if (status !== 201) return false;
    const { id, totalAmount, seats } = body.reservation;
    return held.push({ id, userId, amount: totalAmount, seats });
  };
  for (let wave = 0; wave < 4; wave++) await Promise.all([0, 1, 2].map((at) => hold(wave + at)));
  expect((await apiOf(service).reserve(eventId, [blocked[0] as string])).body.code).toBe('SEAT_UNAVAILABLE');
  const sold = held.flatMap(({ seats }) => seats.map(({ id }) => id));
  expect(new Set(sold).size).toBe(30);
  expect(sold.filter((id) => blocked.includes(id))).toEqual([]);
  const buyer = randomUUID();
  const bought = await granted(
    apiOf(service, 1).buy(eventId, [{ ticketTypeId: ticket_type.id, quantity: 2 }], buyer),
  );
  held.push({ id: bought.reservation.id, userId: buyer, amount: 2 * STANDING, seats: [] });

  // All but one pay, and one of them gives back a seat.
  const [unpaid, first, ...others] = held as [Held, Held, ...Held[]];
  const paid = [first, ...others];
  for (const [index, { id, amount }] of paid.entries())
    await granted(
      apiOf(service, index).post(`/reservations/${id}/confirm`, payments, {
        ...{ paymentId: `pay-${id}`, paymentMethod: 'card', amount },
      }),
    );
  const [given] = first.seats as [Held['seats'][0]];
  const part = await granted(
    apiOf(service).post(`/reservations/${first.id}/cancel`, first.userId, { items: [{ seatId: given.id }] }),
  );
  expect(part.refund_amount).toBe(given.price);
  await granted(apiOf(service).post(`/reservations/${first.id}/refunded`, payments));
  first.amount -= given.price;
  first.seats.shift();

  const revenue = paid.reduce((sum, { amount }) => sum + amount, 0);
  const seats = paid.reduce((sum, each) => sum + each.seats.length, 0);
  const overview = await granted(organizer.get(`${path}/sales`));
  expect(overview).toMatchObject({
    seats: {
      total: 40,
      blocked: 10,
      sold: seats,
      held: unpaid.seats.length,
      free: 40 - 10 - seats - unpaid.seats.length,
    },
    tickets: { total: 5, sold: 2, held: 0, free: 3 },
    revenue,
    refunds_due: { count: 0, amount: 0 },
  });

  const csv = (await organizer.get(`${path}/exports/reservations.csv`)).text.split('\r\n');
  expect(csv[0]).toMatch(/^\uFEFFreservation_number,status,/);
  expect(csv.slice(1, -1)).toHaveLength(held.length);
  expect(csv.filter((line) => line.includes(',confirmed,'))).toHaveLength(paid.length);
  expect(csv.find((line) => line.includes(bought.reservation.id))).toContain(`,"'=1+1 × 2",${2 * STANDING},`);
  const list = (await organizer.get(`${path}/exports/seats.ndjson`)).text.trimEnd().split('\n');
  const reasons = list.map((line) => JSON.parse(line).block_reason).filter((reason) => reason !== null);
  expect(reasons).toEqual(Array(10).fill('초대석'));

  // The event is cancelled, and everything that was paid is due for refund.
  await granted(organizer.post(`${path}/cancel`, { reason: '폭설로 공연을 취소합니다.' }));
  const cancellation = await eventually(async () => {
    const found = (await organizer.get(`${path}/cancellation`)).body.cancellation;
    expect(found.finished_at).toEqual(expect.any(String));
    return found;
  });
  const total = {
    reservations: held.length,
    done: held.length,
    refunds: paid.length,
    refund_amount: revenue,
  };
  expect(cancellation).toMatchObject(total);
  const due = await granted(apiOf(service).get('/reservations/refunds-due?limit=100', payments));
  const amounts = due.reservations.map(({ id, refund_due_amount }: Record<string, unknown>) => [
    id,
    refund_due_amount,
  ]);
  expect(new Map(amounts)).toEqual(new Map(paid.map(({ id, amount }) => [id, amount])));
  // The first instance keeps its overview for a moment.
  const elsewhere = organizerOf(service, 1, organizer.userId);
  expect((await elsewhere.get(`${path}/sales`)).body).toMatchObject({
    seats: { sold: 0, held: 0, free: 30, blocked: 10 },
    revenue: 0,
    refunds_due: { count: paid.length, amount: revenue },
  });

  // The audit log and the feed show all of it.
  const log = await granted(organizer.get(`/admin/audit?event_id=${eventId}&limit=100`));
  const told = log.entries
    .toReversed()
    .map(({ action, actor_role, before, after }: Record<string, unknown>) => [
      ...[action, actor_role, before, after],
    ]);
  expect(told).toEqual([
    ['event.create', 'organizer', null, expect.objectContaining({ id: eventId, status: 'draft' })],
    ['event.change', 'organizer', { artist_name: null }, { artist_name: '=HYPERLINK("x")' }],
    [
      'ticket_type.create',
      'organizer',
      null,
      expect.objectContaining({ price: STANDING, total_quantity: 5 }),
    ],
    ['webhook.create', 'organizer', null, expect.objectContaining({ types: [...types, ...more] })],
    ['event.publish', 'organizer', { status: 'draft' }, { status: 'upcoming', seat_count: 40 }],
    ['seat_block.create', 'organizer', null, expect.objectContaining({ release_at: null })],
    [
      ...['reservation.refunded', 'service'],
      expect.objectContaining({ refund_due: true, refund_due_amount: given.price }),
      expect.objectContaining({ refund_due: false, refund_due_amount: 0 }),
    ],
    ['event.cancel', 'organizer', { status: 'upcoming' }, { status: 'cancelled' }],
    [
      ...['event.cancellation_finished', 'system', null],
      { reservations: held.length, refunds: paid.length, refund_amount: revenue },
    ],
  ]);
  const { events } = await eventually(async () => {
    const page = await granted(organizer.get('/admin/outbox?limit=1000'));
    const refunds = page.events.filter(({ type }: { type: string }) => type === 'reservation.refund_due');
    expect(refunds).toHaveLength(1 + paid.length);
    return page;
  });
  const ofFirst = events.filter(
    ({ data }: { data: { reservation?: Held } }) => data.reservation?.id === first.id,
  );
  expect(ofFirst.map(({ type }: { type: string }) => type.replace('reservation.', ''))).toEqual([
    ...['held', 'confirmed', 'refund_due', 'refunded', 'cancelled', 'refund_due'],
  ]);
  expect(new Set(events.map(({ id }: Held) => id)).size).toBe(events.length);
  await expectInvariants(service.db);
});
