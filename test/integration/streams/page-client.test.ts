import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STATUS_CODES } from '../../../src/live/types.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { PageClient } from './page-client.ts';

let service: Service;
let client: PageClient;

beforeAll(async () => {
  service = await startService({ instances: 2 });
});
afterAll(async () => {
  client.close();
  await service.stop();
});

/** The seats as PostgreSQL has them, in the order of the page. */
async function databaseMap(eventId: string): Promise<Record<string, number>> {
  const seats = await service.db
    .selectFrom('seats')
    .select(['id', 'status'])
    .where('event_id', '=', eventId)
    .orderBy('section')
    .orderBy('row_number')
    .orderBy('seat_number')
    .orderBy('id')
    .execute();
  return Object.fromEntries(seats.map(({ id, status }) => [id, STATUS_CODES[status]]));
}

test('a client written from docs/realtime.md alone ends with the map of the database', async () => {
  const { eventId } = await service.seedEvent({ seats: 120 });
  let requests = 0;
  let isLossy = true;
  // One packet of changes in three is lost, and each request goes to another instance than the one before it.
  let heard = 0;
  client = new PageClient({
    eventId,
    origin: () => service.origins[requests++ % 2] as string,
    loses: ({ type }) => isLossy && type === 'changes' && heard++ % 3 === 1,
    pause: () => 20 * Math.random(),
  });
  const run = client.run();
  let sales = 0;
  const sell = async () => {
    const userId = randomUUID();
    const api = apiOf(service, sales++);
    const { status, body } = await api.best({ eventId, quantity: 1 + (sales % 2) }, userId);
    expect(status).toBe(201);
    if (sales % 4 === 0) await api.cancel(body.reservation.id, userId);
    await sleep(15);
  };

  for (let sale = 0; sale < 18; sale++) {
    if (sale % 6 === 3) client.cut();
    await sell();
  }
  // A new seat: another layout, in which the seats after it have other indexes.
  const seat = { section: '0', row_number: 1, seat_number: 1, seat_label: '0-1-1', price: 50_000 };
  await service.db
    .insertInto('seats')
    .values({ id: randomUUID(), event_id: eventId, ...seat })
    .execute();
  await eventually(() => expect(client.codes).toHaveLength(121));
  for (let sale = 0; sale < 6; sale++) await sell();
  // On a busy machine a packet has more sales, so that fewer packets are lost.
  const missing = () => Object.entries(client.counts).some(([step, count]) => step !== 'gone' && count === 0);
  for (let sale = 0; missing() && sale < 30; sale++) await sell();
  isLossy = false;
  await sell();

  await eventually(async () => {
    const map = Object.fromEntries(client.ids.map((id, index) => [id, client.codes[index]]));
    expect(map).toEqual(await databaseMap(eventId));
  });
  // Each step of the page was needed.
  const { load, gap, resume, reset } = client.counts;
  for (const count of [load, gap, resume, reset]) expect(count).toBeGreaterThan(0);
  client.close();
  await run;
});
