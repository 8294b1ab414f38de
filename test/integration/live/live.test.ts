import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { expectTrue } from './live.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ instances: 2 });
});
afterAll(() => service.stop());

async function reserve(eventId: string, seatIds: string[], instance = 0): Promise<void> {
  const { status } = await apiOf(service, instance).reserve(eventId, seatIds);
  expect(status).toBe(201);
}

test('an event in memory shows a sale in the very next answer, and on other instances by their news', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 4, stock: [10] });
  const [here, there] = await Promise.all(service.apps.map((app) => app.live.get(eventId)));
  if (!here || !there) throw new Error('two instances');
  const { version } = here;
  await reserve(eventId, seatIds.slice(0, 2));
  expect((await service.app.live.get(eventId)).version).toBe(version + 1);
  expect([...here.statuses]).toEqual([1, 1, 0, 0]);
  await expectTrue(service.db, here);
  await eventually(() => expect(there.version).toBe(version + 1), { timeout: 500 });
  await expectTrue(service.db, there);
});

test('what an operator changes by SQL is seen within two seconds, also by those who watch', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 3, stock: [10] });
  const { event, release } = await service.app.live.watch(eventId);
  await sql`UPDATE ticket_types SET total_quantity = 12 WHERE id = ${ticketTypeIds[0]}`.execute(service.db);
  await eventually(() => expect(event.stock.get(ticketTypeIds[0] as string)?.availableQuantity).toBe(12), {
    timeout: 2_500,
  });
  await sql`UPDATE seats SET seat_label = 'Z-1' WHERE id = ${seatIds[0]}`.execute(service.db);
  await eventually(() => expect(event.layout.labels).toContain('Z-1'), { timeout: 2_500 });
  await expectTrue(service.db, event);
  release();
});
