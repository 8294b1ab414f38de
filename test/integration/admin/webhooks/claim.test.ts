import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../../../../src/admin/outbox/publish.ts';
import { claimDeliveries } from '../../../../src/admin/webhooks/claim.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/database.ts';
import { subscribe } from '../outbox/subscriptions.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('the slow addresses of one user leave places for others', async () => {
  const { db } = database;
  const hook = (port: number) =>
    subscribe(db, ['event.changed'], { url: `https://hooks.example:${port}/`, secret: 'whsec_AAAA' });
  // As many as a user may have, with as many messages on their way as each may have.
  const busy = new Map<string, number>();
  for (let port = 1_024; port < 1_044; port++) busy.set(await hook(port), 8);
  const quick = await hook(1_044);
  const [event_id, entity_id] = [randomUUID(), randomUUID()];
  await db
    .insertInto('outbox')
    .values({ type: 'event.changed', event_id, entity_id, data: '{}' } as never)
    .execute();
  await publish(db);
  const claimed = await claimDeliveries(db, busy, 10_000);
  expect(claimed.map(({ webhookId }) => webhookId)).toEqual([quick]);
});
