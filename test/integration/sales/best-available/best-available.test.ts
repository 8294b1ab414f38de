import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

interface Wish {
  eventId: string;
  quantity: number;
  section?: string;
  maxPrice?: number;
}

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({
    instances: 2,
    env: { SWEEP_INTERVAL_MS: '60000', MAX_SEATS_PER_USER: '8' },
  });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

async function best(wish: Wish, { userId = randomUUID() as string, on = 0 } = {}) {
  return { ...(await apiOf(service, on).best(wish, userId)), userId };
}
type Answer = Awaited<ReturnType<typeof best>>;

const seatsOf = ({ body }: Answer): { id: string; seat_label: string }[] => body.reservation?.seats ?? [];
const labels = (answer: Answer) =>
  seatsOf(answer)
    .map(({ seat_label }) => seat_label)
    .sort();
const free = async (eventId: string): Promise<number> => {
  const rows = service.db.selectFrom('seats').select('id').where('event_id', '=', eventId);
  return (await rows.where('status', '=', 'available').execute()).length;
};
/** Takes seats of the first rows, where `x` is taken and `.` stays free. Each row has ten seats. */
async function taken(
  { eventId, seatIds }: { eventId: string; seatIds: string[] },
  ...rows: string[]
): Promise<void> {
  const places = rows.join('');
  for (const [index, place] of [...places].entries()) {
    if (place === 'x') expect((await api.reserve(eventId, [seatIds[index] as string])).status).toBe(201);
  }
}

describe('many buyers at once, on two instances:', () => {
  test.each([
    [160, 1],
    [80, 2],
    [40, 4],
  ])(
    '%i buyers of %i seats each are all served, no seat twice, and the next one is refused',
    async (buyers, quantity) => {
      const { eventId } = await service.seedEvent({ seats: 160 });
      const answers = await Promise.all(
        Array.from({ length: buyers }, (_, index) => best({ eventId, quantity }, { on: index % 2 })),
      );
      expect(tally(answers)).toEqual({ 201: buyers });
      const seats = answers.flatMap(seatsOf);
      expect([seats.length, new Set(seats.map(({ id }) => id)).size]).toEqual([160, 160]);
      expect(answers.every((answer) => seatsOf(answer).length === quantity)).toBe(true);
      expect(await free(eventId)).toBe(0);
      expect(
        tally([await best({ eventId, quantity: 1 }), await best({ eventId, quantity: 1 }, { on: 1 })]),
      ).toEqual({
        '409 SOLD_OUT': 2,
      });
    },
  );

  test('each seat is sold if there are more buyers than seats', async () => {
    const { eventId } = await service.seedEvent({ seats: 50 });
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, index) => best({ eventId, quantity: 1 }, { on: index % 2 })),
    );
    expect(tally(answers)).toEqual({ 201: 50, '409 SOLD_OUT': 70 });
  });

  test('all are served beside others who name their seats, and who cancel', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 120 });
    const [answers, chosen] = await Promise.all([
      Promise.all(
        Array.from({ length: 60 }, (_, index) => best({ eventId, quantity: 1 }, { on: index % 2 })),
      ),
      Promise.all(
        seatIds.slice(0, 40).map(async (seatId, index) => {
          const userId = randomUUID();
          const held = await apiOf(service, index % 2).reserve(eventId, [seatId], userId);
          if (held.status === 201 && index % 3 === 0) await api.cancel(held.body.reservation.id, userId);
          return held;
        }),
      ),
    ]);
    expect(tally(answers)).toEqual({ 201: 60 });
    expect(chosen.every(({ status }) => status === 201 || status === 409)).toBe(true);
  });

  test('one user gets no more seats than the limit', async () => {
    const { eventId } = await service.seedEvent({ seats: 60 });
    const userId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => best({ eventId, quantity: 2 }, { userId, on: index % 2 })),
    );
    expect(tally(answers)).toEqual({ 201: 4, '422 TOO_MANY_SEATS': 8 });
  });

  test('seats beyond the limit of one user go to others', async () => {
    const { eventId } = await service.seedEvent({ seats: 16 });
    const [greedy, other] = [randomUUID() as string, randomUUID() as string];
    const wishes = (count: number, userId: string) =>
      Array.from({ length: count }, () => best({ eventId, quantity: 4 }, { userId }));
    const [greedyAnswers, otherAnswers] = await Promise.all([
      Promise.all(wishes(10, greedy)),
      Promise.all(wishes(2, other)),
    ]);
    expect(tally(greedyAnswers)).toEqual({ 201: 2, '422 TOO_MANY_SEATS': 8 });
    expect(tally(otherAnswers)).toEqual({ 201: 2 });
    expect(await free(eventId)).toBe(0);
  });
});

describe('the best seats', () => {
  test('are held in the same form as named ones', async () => {
    const { eventId } = await service.seedEvent({ seats: 30, price: 70_000 });
    const { status, body, userId } = await best({ eventId, quantity: 2 });
    expect([status, body]).toEqual([
      201,
      {
        message: '좌석이 선택되었습니다.',
        reservation: {
          id: expect.any(String),
          reservationNumber: expect.stringMatching(/^TK/),
          totalAmount: 140_000,
          expiresAt: expect.any(String),
          seats: [5, 6].map((number) => ({
            id: expect.any(String),
            seat_label: `A-1-${number}`,
            price: 70_000,
            status: 'locked',
          })),
          adjacent: true,
        },
      },
    ]);
    const mine = await api.get(`/seats/reservation/${body.reservation.id}`, userId);
    expect(mine.body.reservation.seats).toHaveLength(2);
  });

  test('are side by side if any row has so many, or in as few groups as possible', async () => {
    const hall = await service.seedEvent({ seats: 20 });
    await taken(hall, 'x.xx.xx.xx', 'xxxxxx...x');
    const three = await best({ eventId: hall.eventId, quantity: 3 });
    expect([labels(three), three.body.reservation.adjacent]).toEqual([['A-2-7', 'A-2-8', 'A-2-9'], true]);
    const two = await best({ eventId: hall.eventId, quantity: 2 });
    expect(two.body.reservation.adjacent).toBe(false);
    const [last] = [await best({ eventId: hall.eventId, quantity: 1 })];
    expect([last.status, await free(hall.eventId)]).toEqual([201, 0]);
  });

  test('leave no single seat alone if that costs little', async () => {
    const hall = await service.seedEvent({ seats: 10 });
    await taken(hall, 'xxx....xxx');
    expect(labels(await best({ eventId: hall.eventId, quantity: 2 }))).not.toEqual(['A-1-5', 'A-1-6']);
  });

  test('match the section and the price of the request', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 30, price: 90_000 });
    const change = (from: number, section: string, price: number) =>
      service.db
        .updateTable('seats')
        .set({ section, price, seat_label: sql`${section} || '-' || row_number || '-' || seat_number` })
        .where('id', 'in', seatIds.slice(from, from + 10))
        .execute();
    await change(10, 'B', 60_000);
    await change(20, 'C', 30_000);
    expect(labels(await best({ eventId, quantity: 2, section: 'B' }))).toEqual(['B-2-5', 'B-2-6']);
    expect(labels(await best({ eventId, quantity: 2, maxPrice: 30_000 }, { on: 1 }))).toEqual([
      'C-3-5',
      'C-3-6',
    ]);
    expect(labels(await best({ eventId, quantity: 2, maxPrice: 89_999 }))[0]).toMatch(/^B/);
    const none = [
      await best({ eventId, quantity: 1, section: 'D' }),
      await best({ eventId, quantity: 1, maxPrice: 29_999 }, { on: 1 }),
      await best({ eventId, quantity: 1, section: 'A', maxPrice: 60_000 }),
      await best({ eventId, quantity: 1, maxPrice: 0 }),
    ];
    expect(tally(none)).toEqual({ '409 SOLD_OUT': 4 });
    expect(labels(await best({ eventId, quantity: 2 }))).toEqual(['A-1-5', 'A-1-6']);
  });

  test.each([
    [
      'cancelled',
      async (id: string, userId: string, on: number) =>
        expect((await apiOf(service, on).cancel(id, userId)).status).toBe(200),
    ],
    [
      'expired, without a sweep',
      (id: string) =>
        service.db.updateTable('reservations').set({ expires_at: sql`now()` }).where('id', '=', id).execute(),
    ],
  ])('are available at once after their hold is %s, and soon on the other instance', async (_what, end) => {
    const { eventId } = await service.seedEvent({ seats: 4 });
    let held = await best({ eventId, quantity: 4 });
    for (const on of [0, 1, 1, 0]) {
      const other = 1 - on;
      expect(tally([await best({ eventId, quantity: 1 }, { on })])).toEqual({ '409 SOLD_OUT': 1 });
      expect(tally([await best({ eventId, quantity: 1 }, { on: other })])).toEqual({ '409 SOLD_OUT': 1 });
      await end(held.body.reservation.id, held.userId, on);
      held = await best({ eventId, quantity: 4 }, { on });
      expect(held.status).toBe(201);
      await end(held.body.reservation.id, held.userId, on);
      held = await eventually(async () => {
        const again = await best({ eventId, quantity: 4 }, { on: other });
        expect(again.status).toBe(201);
        return again;
      });
    }
  });

  test('of a section are found behind many expired holds of another section', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 620 });
    const inB: string[] = seatIds.slice(600);
    await service.db.updateTable('seats').set({ section: 'B' }).where('id', 'in', inB).execute();
    const holdEach = (ids: string[]) => Promise.all(ids.map((id) => api.reserve(eventId, [id])));
    // More than are ended at once, and all of them expire before those of B.
    expect(tally(await holdEach(seatIds.slice(0, 600)))).toEqual({ 201: 600 });
    expect(tally(await holdEach(inB))).toEqual({ 201: 20 });
    const over = sql<string>`created_at`;
    await service.db
      .updateTable('reservations')
      .set({ expires_at: over })
      .where('event_id', '=', eventId)
      .execute();
    const answer = await best({ eventId, quantity: 2, section: 'B' });
    expect(answer.status).toBe(201);
    expect(seatsOf(answer).every(({ id }) => inB.includes(id))).toBe(true);
  });

  test('include seats that an organizer adds to a sold-out event', async () => {
    const { eventId } = await service.seedEvent({ seats: 1 });
    expect((await best({ eventId, quantity: 1 })).status).toBe(201);
    await service.db
      .insertInto('seats')
      .values({
        id: randomUUID(),
        event_id: eventId,
        section: 'A',
        row_number: 2,
        seat_number: 1,
        seat_label: 'A-2-1',
        price: 1,
      })
      .execute();
    await eventually(async () => expect((await best({ eventId, quantity: 1 })).status).toBe(201));
  });
});

describe('a request is refused', () => {
  test('for the best seats of an event that has none', async () => {
    const { eventId } = await service.seedEvent({ stock: [10] });
    const again = () => best({ eventId, quantity: 1 });
    expect(tally([await again(), await again()])).toEqual({ '404 SEAT_MAP_NOT_FOUND': 2 });
  });

  test.each([
    ['without an event', { quantity: 1 }],
    ['without a quantity', { eventId: randomUUID() }],
    ['for no seat', { eventId: randomUUID(), quantity: 0 }],
    ['for 101 seats', { eventId: randomUUID(), quantity: 101 }],
    ['for half a seat', { eventId: randomUUID(), quantity: 0.5 }],
    ['for a section without a name', { eventId: randomUUID(), quantity: 1, section: '' }],
    ['for a negative price', { eventId: randomUUID(), quantity: 1, maxPrice: -1 }],
    ['with an unknown field', { eventId: randomUUID(), quantity: 1, row: 1 }],
  ])('%s', async (_what, wish) => {
    expect(tally([await best(wish as Wish)])).toEqual({ '400 VALIDATION_FAILED': 1 });
  });

  test('for more seats than one reservation may hold', async () => {
    const { eventId } = await service.seedEvent({ seats: 10 });
    expect(tally([await best({ eventId, quantity: 5 })])).toEqual({ '422 TOO_MANY_SEATS': 1 });
  });

  test('for more seats than are left, and holds none of them', async () => {
    const { eventId } = await service.seedEvent({ seats: 3 });
    expect(tally([await best({ eventId, quantity: 4 })])).toEqual({ '409 SOLD_OUT': 1 });
    expect(await free(eventId)).toBe(3);
  });
});
