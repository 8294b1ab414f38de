import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { openEventStream } from '../../support/streams.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

const edit = (id: string | undefined, values: object) =>
  service.db
    .updateTable('ticket_types')
    .set(values)
    .where('id', '=', id as string)
    .execute();
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
/** What the second instance shows. */
const page = async (eventId: string) => (await apiOf(service, 1).get(`/events/${eventId}`)).body;
const shownTypes = async (eventId: string) =>
  ((await page(eventId)).ticketTypes as { id: string }[]).map(({ id }) => id);
const listed = async (title: string) =>
  (await apiOf(service, 1).get(`/events?q=${encodeURIComponent(title)}`)).body.events[0];

describe('a ticket type sells in a time of its own', () => {
  test.each([
    ['before it begins', { sale_start_date: inHours(1) }, '422 SALE_NOT_STARTED'],
    ['after it ended', { sale_end_date: inHours(-1) }, '422 SALE_ENDED'],
    ['within it', { sale_start_date: inHours(-2), sale_end_date: inHours(2) }, '201'],
    ['if it begins before the sale of the event', { sale_start_date: inHours(-10_000) }, '201'],
  ])('%s', async (_when, window, answer) => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5, 5] });
    await edit(ticketTypeIds[0], window);
    const buy = (index: number) => api.buy(eventId, [{ ticketTypeId: ticketTypeIds[index], quantity: 1 }]);
    expect(tally([await buy(0)])).toEqual({ [answer]: 1 });
    expect(tally([await buy(1)])).toEqual({ '201': 1 });
  });

  test('and never outside that of the event', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5], saleStartsIn: 1 });
    await edit(ticketTypeIds[0], { sale_start_date: inHours(-1), sale_end_date: inHours(24 * 60) });
    expect(tally([await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }])])).toEqual({
      '422 SALE_NOT_STARTED': 1,
    });
  });

  test('a refusal for one type of a request is a refusal of all of it', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5, 5] });
    await edit(ticketTypeIds[1], { sale_start_date: inHours(1) });
    const items = ticketTypeIds.map((ticketTypeId) => ({ ticketTypeId, quantity: 1 }));
    expect(tally([await api.buy(eventId, items)])).toEqual({ '422 SALE_NOT_STARTED': 1 });
    expect((await page(eventId)).ticketTypes).toMatchObject([
      { available_quantity: 5 },
      { available_quantity: 5 },
    ]);
  });
});

test('a reservation has the minimum of a type, or any number of steps more up to the maximum', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
  await edit(ticketTypeIds[0], { min_quantity: 3, max_quantity: 7, quantity_step: 2 });
  const answers: string[] = [];
  for (let quantity = 1; quantity <= 8; quantity++) {
    const { status, body } = await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity }]);
    answers.push(`${quantity}: ${body.code ?? status}`);
  }
  const no = 'QUANTITY_NOT_ALLOWED';
  expect(answers).toEqual([
    `1: ${no}`,
    `2: ${no}`,
    '3: 201',
    `4: ${no}`,
    '5: 201',
    `6: ${no}`,
    '7: 201',
    `8: ${no}`,
  ]);
});

test('pages show types by position, then by price, with their sale and their quantities', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1, 1, 1], price: 100 });
  const [first, second, third] = ticketTypeIds;
  await edit(first, { position: 2, price: 300 });
  await edit(second, { position: 1, sale_start_date: new Date('2026-01-02T03:04:05.678Z'), max_quantity: 4 });
  await edit(third, { position: 1, price: 200, min_quantity: 2, quantity_step: 2 });
  await service.refresh();
  expect(await shownTypes(eventId)).toEqual([third, second, first]);
  expect((await page(eventId)).ticketTypes).toMatchObject([
    { sale_start_date: null, sale_end_date: null, min_quantity: 2, max_quantity: null, quantity_step: 2 },
    { sale_start_date: '2026-01-02T03:04:05.678Z', sale_end_date: null, min_quantity: 1, max_quantity: 4 },
    { min_quantity: 1, quantity_step: 1 },
  ]);
  expect((await api.get(`/tickets/event/${eventId}`)).body.ticketTypes).toEqual(
    (await page(eventId)).ticketTypes,
  );
});

describe('a hidden ticket type', () => {
  test('is neither sold nor shown, on any instance', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5, 5] });
    const [hidden, shown] = ticketTypeIds;
    expect(await shownTypes(eventId)).toHaveLength(2);
    await edit(hidden, { hidden: true });
    expect(
      tally([
        await api.buy(eventId, [{ ticketTypeId: hidden, quantity: 1 }]),
        await api.get(`/tickets/availability/${hidden}`),
      ]),
    ).toEqual({ '404 TICKET_TYPE_NOT_FOUND': 2 });
    await eventually(async () => expect(await shownTypes(eventId)).toEqual([shown]));
    await edit(hidden, { hidden: false });
    await eventually(async () => expect(await shownTypes(eventId)).toHaveLength(2));
    expect(tally([await api.buy(eventId, [{ ticketTypeId: hidden, quantity: 1 }])])).toEqual({ '201': 1 });
  });

  test('leaves lists and their statuses to the others', async () => {
    const title = `숨은 ${randomUUID()}`;
    const { eventId, ticketTypeIds } = await service.seedEvent({ title, stock: [5, 1], price: 100 });
    const [hidden, shown] = ticketTypeIds;
    await edit(hidden, { hidden: true, price: 1 });
    await service.refresh();
    expect(await listed(title)).toMatchObject({ ticket_type_count: 1, min_price: 100, status: 'on_sale' });
    expect((await api.buy(eventId, [{ ticketTypeId: shown, quantity: 1 }])).status).toBe(201);
    await eventually(async () => {
      expect(await listed(title)).toMatchObject({ status: 'sold_out' });
      expect((await page(eventId)).event).toMatchObject({ status: 'sold_out' });
    });
    const { current_status } = await service.db
      .selectFrom('event_listing')
      .select('current_status')
      .where('id', '=', eventId)
      .executeTakeFirstOrThrow();
    expect(current_status).toBe('sold_out');
  });

  test('keeps what is held of it, and tells subscribers nothing when that is free again', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5, 5] });
    const [hidden, shown] = ticketTypeIds as [string, string];
    const user = randomUUID();
    const buy = async (ticketTypeId: string) =>
      (await api.buy(eventId, [{ ticketTypeId, quantity: 2 }], user)).body.reservation.id as string;
    const held = [await buy(hidden), await buy(shown)] as const;
    await edit(hidden, { hidden: true });
    const streams = await Promise.all(
      service.origins.map((origin) => openEventStream(`${origin}/api/v1/live/${eventId}`)),
    );
    try {
      await eventually(async () => expect(await shownTypes(eventId)).toEqual([shown]));
      for (const id of held) expect((await api.cancel(id, user)).status).toBe(200);
      await eventually(() => {
        for (const { text } of streams) expect(text).toContain(shown);
      });
      const changes = await api.get(
        `/seats/events/${eventId}/changes?since=${(await page(eventId)).version - 2}`,
      );
      expect(changes.body.stock).toMatchObject([{ ticketTypeId: shown, availableQuantity: 5 }]);
      for (const { text } of streams) expect(text).not.toContain(hidden);
    } finally {
      for (const stream of streams) stream.close();
    }
    const { available_quantity } = await service.db
      .selectFrom('ticket_types')
      .select('available_quantity')
      .where('id', '=', hidden)
      .executeTakeFirstOrThrow();
    expect(available_quantity).toBe(5);
  });
});
