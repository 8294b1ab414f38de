import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type Db } from '../../../src/database/database.ts';
import { ReadReplica } from '../../../src/database/replica.ts';
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
/** A replica that a busy machine keeps from catching up in time rests for a second. */
const areReadAtReplica = () => eventually(async () => expect(await readsAt()).toBe('replica'));
const delay = async (ms: number) => {
  await standby.run(`ALTER SYSTEM SET recovery_min_apply_delay = ${ms}`, 'SELECT pg_reload_conf()');
};

test('reports, exports and lists are read from the replica', async () => {
  await isUsed(true);
  await areReadAtReplica();
  await eventually(async () => {
    const { rows } = await service.app.publicReads.list('127.0.0.1', (db) =>
      sql<{ standby: boolean }>`SELECT pg_is_in_recovery() AS standby`.execute(db),
    );
    expect(rows[0]?.standby).toBe(true);
  });
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
  await areReadAtReplica();
}, 30_000);

/** What the first check of a replica says. */
async function firstCheck(replica: Db): Promise<string> {
  const lines: string[] = [];
  const log = {
    info: (line: string) => void lines.push(line),
    warn: ({ reason }: { reason: string }) => void lines.push(reason),
  };
  const checked = new ReadReplica(service.app.db, replica, 300, log as never);
  await eventually(() => expect(lines).toHaveLength(1));
  await checked.stop();
  return lines[0] as string;
}

test('a server that accepts writes is no replica, and one that is away from the start is told', async () => {
  expect(await firstCheck(service.app.db)).toBe('it accepts writes, and follows no primary');
  const nowhere = createDatabase(
    { ...primary.connection, port: 1, ssl: 'off', poolSize: 1 },
    () => undefined,
  );
  expect(await firstCheck(nowhere)).toContain('ECONNREFUSED');
  await nowhere.destroy();
});

test('a replica that a failover has left behind is not asked, although it has written more', async () => {
  await isUsed(true);
  const [row] = await primary.run('SHOW data_directory');
  const data = row?.data_directory as string;
  await primary.end('SIGINT');
  execFileSync('cp', ['-a', data, `${data}-before`]);
  await primary.start();
  // Two files of the log, 16 MB each.
  await primary.run(
    ...Array(2).fill('SELECT pg_logical_emit_message(true, $$test$$, $$any$$), pg_switch_wal()'),
  );
  await follows(primary, 'async');
  const [written] = await primary.run('SELECT pg_current_wal_lsn() AS position');
  await eventually(
    async () => {
      const [found] = await standby.run(`SELECT pg_last_wal_replay_lsn() >= '${written?.position}' AS there`);
      expect(found).toEqual({ there: true });
    },
    { timeout: 10_000 },
  );
  await isUsed(true);

  // The server that is promoted hadn't received them.
  await primary.end('SIGQUIT');
  const promote = `rm -r ${data}; mv ${data}-before ${data}; touch ${data}/recovery.signal
    echo "restore_command = 'false'" >> ${data}/postgresql.auto.conf; chown -R --reference=${data} ${data}`;
  execFileSync('sh', ['-euc', promote]);
  await primary.start();
  await eventually(async () => {
    const [{ recovers }] = (await primary.run('SELECT pg_is_in_recovery() AS recovers')) as [
      { recovers: boolean },
    ];
    expect(recovers).toBe(false);
    await sql`SELECT`.execute(service.app.db);
  });
  expect(await firstCheck(replica)).toBe('it is on timeline 1, the primary on 2');
  await isUsed(false);
}, 60_000);
