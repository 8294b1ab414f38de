import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type Db } from '../../../src/database/database.ts';
import { follows, startPostgresPair } from '../../faults/harness/postgres-pair.ts';
import type { PostgresServer } from '../../faults/harness/postgres-server.ts';
import { createTestDatabase } from '../../support/database.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let primary: PostgresServer;
let standby: PostgresServer;
let service: Service;
/** The test's own connection to the replica. */
let replica: Db;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tiketi-replica-'));
  chmodSync(directory, 0o755);
  [primary, standby] = await startPostgresPair(directory, []);
  await follows(primary, 'async');
  const made = await createTestDatabase({ server: primary.connection });
  const at = { host: '127.0.0.1', port: standby.connection.port };
  const settings = { ...made.settings, replica: { ...made.settings, ...at, maxLagMs: 300 } };
  service = await startService({ database: { ...made, settings, drop: () => made.db.destroy() } });
  replica = createDatabase({ ...made.settings, ...at }, () => undefined);
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await replica?.destroy();
  await Promise.all([primary?.stop(), standby?.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

const isUsed = (expected: boolean) =>
  eventually(() => expect(service.app.reads.replicaUsed).toBe(expected), { timeout: 10_000 });
/** Where reads of reports run. */
const readsAt = async () => {
  const { rows } = await service.app.reads.report((db) =>
    sql<{ standby: boolean }>`SELECT pg_is_in_recovery() AS standby`.execute(db),
  );
  return rows[0]?.standby ? 'replica' : 'primary';
};
const delay = async (ms: number) => {
  await standby.run(`ALTER SYSTEM SET recovery_min_apply_delay = ${ms}`, 'SELECT pg_reload_conf()');
};

test('reports, exports and lists are read from the replica', async () => {
  await isUsed(true);
  expect(await readsAt()).toBe('replica');
  const { rows } = await service.app.publicReads.list('127.0.0.1', (db) =>
    sql<{ standby: boolean }>`SELECT pg_is_in_recovery() AS standby`.execute(db),
  );
  expect(rows[0]?.standby).toBe(true);
});

test('a replica that lags is not asked, and no read misses what was just committed', async () => {
  await isUsed(true);
  const { eventId, seatIds } = await service.seedEvent({ seats: 20 });
  await delay(3_000);
  for (const seatId of seatIds.slice(0, 3)) {
    expect((await apiOf(service).reserve(eventId, [seatId])).status).toBe(201);
    const { rows } = await service.app.reads.report((db) =>
      sql<{
        sold: number;
      }>`SELECT count(*)::int AS sold FROM reservations WHERE event_id = ${eventId}`.execute(db),
    );
    expect(rows[0]?.sold).toBe(seatIds.indexOf(seatId) + 1);
  }
  await isUsed(false);
  await delay(0);
  await isUsed(true);
}, 30_000);

test('one that dies costs nothing: the same read is answered by the primary', async () => {
  await isUsed(true);
  await standby.end('SIGQUIT');
  expect(await readsAt()).toBe('primary');
  await isUsed(false);
  expect(await readsAt()).toBe('primary');
  await standby.start();
  await isUsed(true);
  expect(await readsAt()).toBe('replica');
}, 30_000);
