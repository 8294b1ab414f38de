import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { runImport } from './run.ts';
import { createSource, type Source } from './source.ts';

let source: Source;
let target: TestDatabase;
let service: Service;

beforeAll(async () => {
  [source, target] = await Promise.all([createSource(), createTestDatabase()]);
  service = await startService({ database: target });
});
afterAll(async () => {
  await source.drop();
  await service.stop();
});

test('a running service shows what was imported, under its old ids and numbers, and pays back what is due', async () => {
  const user = await source.add('users');
  const hall = await source.add('seat_layouts');
  const event = await source.add('events', { title: '이전 콘서트', seat_layout_id: hall });
  const seat = await source.add('seats', { event_id: event, status: 'reserved' });
  await source.add('seats', { event_id: event, status: 'reserved' });
  const bought = { user_id: user, event_id: event };
  const ticket = await source.add('reservations', { ...bought, reservation_number: 'TK1795368125687C5KCL' });
  await source.add('reservation_items', { reservation_id: ticket, seat_id: seat });
  const cancelled = await source.add('reservations', { ...bought, status: 'cancelled', total_amount: 7_000 });
  await source.add('reservation_items', { reservation_id: cancelled, seat_id: null });
  await runImport(source, target);

  const get = async (url: string, headers = service.as(user)) => await ask(service.app, { url, headers });
  await eventually(async () => expect(await get(`/api/v1/events/${event}`)).toMatchObject({ status: 200 }));
  const { body } = await get(`/api/v1/reservations/${ticket}`);
  expect(body.reservation).toMatchObject({
    reservation_number: 'TK1795368125687C5KCL',
    event_title: '이전 콘서트',
    status: 'confirmed',
  });
  const seats = await get(`/api/v1/seats/events/${event}`);
  expect(seats).toMatchObject({ status: 200 });
  expect(seats.body.seats.filter((one: { status: string }) => one.status === 'available')).toEqual([]);
  const refunds = await get('/api/v1/reservations/refunds-due', service.as(user, 'service'));
  expect(refunds.text).toContain(cancelled);
  expect(refunds.text).toContain('7000');
  expect(refunds.text).not.toContain(ticket);
});
