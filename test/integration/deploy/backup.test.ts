import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../../src/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { DebianPostgres, debianPostgres } from '../../support/debian-postgres.ts';
import { blocksOf } from '../../support/documents.ts';
import type { TestPostgres } from '../../support/global-setup.ts';
import { apiOf } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { startTestRedis, type TestRedis } from '../../support/redis/redis.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

const env = { REDIS_PREFIX: `test-${randomUUID()}`, QUEUE_THRESHOLD: '1' };
const blocks = blocksOf('docs/databases.md').map(({ text }) => text);
/** The block of docs/databases.md that has this in it. */
function documented(part: string): string {
  const block = blocks.find((text) => text.includes(part));
  if (block === undefined) throw new Error(`docs/databases.md has no block with ${part}`);
  return block;
}

describe.skipIf(debianPostgres === undefined)('a sale whose database is restored', () => {
  const postgres = new DebianPostgres();
  let redis: TestRedis;
  let database: TestDatabase;
  let service: Service;
  let eventId: string;
  let ticketTypeId: string;
  const inside = randomUUID();
  const waiting = randomUUID();

  /** An instance on what was restored, and on the Redis that was there all the time. */
  async function restart(settings = database.settings): Promise<Service> {
    const db = createDatabase(settings, () => {});
    const restored = { settings, db, clear: async () => {}, drop: () => db.destroy() };
    return startService({ database: restored, redis: { ...redis, close: async () => {} }, env });
  }
  const buy = (on: Service, user: string) => apiOf(on).buy(eventId, [{ ticketTypeId, quantity: 1 }], user);
  const reservations = async (on: Service) => {
    const { body } = await apiOf(on).get('/reservations/my', inside);
    return (body.reservations as { id: string; status: string }[]).map(({ id, status }) => ({ id, status }));
  };
  async function expectSameLine(on: Service): Promise<void> {
    const place = (user: string) => apiOf(on).get(`/queue/status/${eventId}`, user);
    await eventually(async () => {
      expect((await place(inside)).body).toMatchObject({ state: 'inside' });
      expect((await place(waiting)).body).toMatchObject({ queued: true, position: 1 });
    });
  }

  beforeAll(async () => {
    const settings = documented('archive_command').replaceAll('/backups', postgres.directory);
    postgres.run('mkdir wal');
    postgres.initialize('data', settings);
    await postgres.start('data');
    redis = await startTestRedis();
    database = await createTestDatabase({ server: postgres.server as TestPostgres });
    service = await startService({ database, redis: { ...redis, close: async () => {} }, env });
    const seeded = await service.seedEvent({ stock: [50] });
    eventId = seeded.eventId;
    ticketTypeId = seeded.ticketTypeIds[0] as string;
    for (const user of [inside, waiting]) await apiOf(service).post(`/queue/check/${eventId}`, user);
    await expectSameLine(service);
    expect((await buy(service, inside)).status).toBe(201);
  });
  afterAll(async () => {
    await service?.stop().catch(() => undefined);
    await postgres.remove();
    await redis?.close();
  });

  async function expectRestored(on: Service, sold: object[]): Promise<void> {
    expect(await reservations(on)).toEqual(sold);
    await expectSameLine(on);
    expect((await buy(on, inside)).status).toBe(201);
    await expectInvariants(on.db);
  }

  test('has from a dump what was sold before it, keeps its line and sells on', async () => {
    const sold = await reservations(service);
    const names = { DB_NAME: database.settings.database, NEW_DB: `${database.settings.database}_new` };
    postgres.run(documented('pg_dump'), names);
    expect((await buy(service, inside)).status).toBe(201);
    postgres.run(documented('pg_restore'), names);
    const restored = await restart({ ...database.settings, database: names.NEW_DB });
    try {
      await expectRestored(restored, sold);
    } finally {
      await restored.stop();
    }
  });

  test('comes back as it was at a moment, without what went wrong after it', async () => {
    postgres.run(documented('pg_basebackup'));
    expect((await buy(service, inside)).status).toBe(201);
    const sold = await reservations(service);
    const [{ now } = {}] = await postgres.query('SELECT clock_timestamp()::text AS now');
    await postgres.query('TRUNCATE reservations CASCADE', database.settings.database);
    expect(await reservations(service)).toEqual([]);

    await service.stop();
    await postgres.stop();
    const variables = { BACKUPS: postgres.directory, TIME: String(now) };
    postgres.run(documented('recovery_target_time'), variables);
    await postgres.start('restored');
    const { port } = postgres.server as TestPostgres;
    const restored = await restart({ ...database.settings, port });
    try {
      await expectRestored(restored, sold);
    } finally {
      await restored.stop();
    }
  });
});
