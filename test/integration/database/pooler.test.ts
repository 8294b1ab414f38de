import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseSettings } from '../../../src/config/servers.ts';
import { awaitDatabase } from '../../../src/database/await-database.ts';
import { poolerAt } from '../../../src/database/pooler.ts';
import { createTestDatabase } from '../../support/database.ts';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type PgBouncer, providePgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

const program = providePgBouncer();

/** In transaction mode fewer than an instance has connections, so that transactions change their session. */
const SESSIONS = { transaction: 5, session: 60 };

describe.runIf(program).each(['transaction', 'session'] as const)('behind PgBouncer in %s mode', (mode) => {
  let service: Service;
  let pgbouncer: PgBouncer;
  let throughPooler: pg.ClientConfig;

  beforeAll(async () => {
    service = await startService({
      instances: 2,
      async throughPort(postgres) {
        const settings = postgres as DatabaseSettings;
        pgbouncer = await startPgBouncer(program as string, settings, {
          pool_mode: mode,
          default_pool_size: SESSIONS[mode],
        });
        const { host, user, password, database } = settings;
        throughPooler = { host, port: pgbouncer.port, user, password, database };
        return pgbouncer.port;
      },
    });
  });
  afterAll(async () => {
    await service?.stop();
    await pgbouncer?.stop();
  });

  const rush = async (buyers: number) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 50 });
    return await Promise.all(
      Array.from({ length: buyers }, (_, at) =>
        apiOf(service, at % 2).reserve(eventId, [seatIds[at % 50] as string], randomUUID()),
      ),
    );
  };

  test('a rush sells each seat once, and no request fails', async () => {
    expect(tally(await rush(150))).toEqual({ '201': 50, '409 SEAT_UNAVAILABLE': 100 });
    await expectInvariants(service.db);
  });

  test('a sale behind a locked row gives up after the time limit, and so does a read', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    await service.db.transaction().execute(async (trx) => {
      await sql`SELECT FROM seats WHERE id = ${seatIds[0]} FOR UPDATE`.execute(trx);
      const begun = performance.now();
      const { status } = await apiOf(service).reserve(eventId, seatIds);
      expect(status).toBe(503);
      // 2 s for the lock. Without a limit of PostgreSQL, the connection is cut after 7.
      expect(performance.now() - begun).toBeLessThan(5_000);
    });
    await expect(sql`SELECT pg_sleep(3)`.execute(service.app.publicDb)).rejects.toMatchObject({
      code: '57014',
    });
  });

  test('reports are read-only', async () => {
    const write = sql`DELETE FROM events WHERE false`.execute(service.app.reportDb);
    await expect(write).rejects.toMatchObject({ code: '25006' });
  });

  test('another application finds none of our settings and statements in its session', async () => {
    await rush(50);
    const client = new pg.Client(throughPooler);
    await client.connect();
    const { rows } =
      await client.query(`SELECT current_setting('lock_timeout') AS lock, current_setting('jit') AS jit,
      (SELECT count(*)::int FROM pg_prepared_statements) AS statements`);
    expect(rows).toEqual([{ lock: '0', jit: 'on', statements: 0 }]);
    await client.end();
  });

  test('the first start migrates through it', async () => {
    const database = `${service.app.salePool.options.database}_first`;
    await sql.raw(`CREATE DATABASE ${database}`).execute(service.db);
    const lines: string[] = [];
    const log = {
      info: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
    };
    const settings = { ...throughPooler, database, ssl: 'off', poolSize: 4 } as DatabaseSettings;
    await awaitDatabase(settings, true, log);
    expect(lines[0]).toContain('database migrated');
    expect(lines.slice(1)).toEqual(
      mode === 'session' ? [] : [expect.stringContaining('behind a pooler in transaction mode')],
    );
  });

  test('sales go on after it is restarted', async () => {
    await pgbouncer.end();
    await rush(10);
    await pgbouncer.start();
    await eventually(async () => expect(tally(await rush(50))).toEqual({ '201': 50 }));
  });

  test.runIf(mode === 'session')('a reload in transaction mode takes no limit away', async () => {
    await pgbouncer.reload({ pool_mode: 'transaction' });
    const limits = Array.from({ length: 20 }, (_, at) => (at % 2 ? '1s' : '5s'));
    await eventually(
      async () => {
        await rush(50);
        const { app } = service;
        const found = limits.map(async (_, at) => {
          const { rows } = await sql<{ statement_timeout: string }>`SHOW statement_timeout`.execute(
            at % 2 ? app.publicDb : app.db,
          );
          return rows[0]?.statement_timeout;
        });
        expect(await Promise.all(found)).toEqual(limits);
      },
      { timeout: 15_000 },
    );
    // Each connection of the sale engine notices it by a sale that fails.
    await eventually(
      async () => expect(tally(await rush(150))).toEqual({ '201': 50, '409 SEAT_UNAVAILABLE': 100 }),
      { timeout: 15_000 },
    );
  });
});

test.runIf(program)(
  'two sessions that PgBouncer lends in turn are told from those of session mode',
  async () => {
    const { settings, drop } = await createTestDatabase();
    const pgbouncer = await startPgBouncer(program as string, settings, {
      pool_mode: 'transaction',
      server_round_robin: 1,
      default_pool_size: 2,
    });
    const through = { ...settings, port: pgbouncer.port, ssl: false };
    const clients = [new pg.Client(through), new pg.Client(through)];
    await Promise.all(clients.map((client) => client.connect()));
    // Each transaction has a session of its own.
    for (const statement of ['BEGIN', 'COMMIT'])
      await Promise.all(clients.map((client) => client.query(statement)));
    expect(await poolerAt(through)).toBeDefined();
    await Promise.all(clients.map((client) => client.end()));
    await pgbouncer.stop();
    await drop();
  },
);
