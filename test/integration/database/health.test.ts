import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { PostgresHealth } from '../../../src/database/health.ts';
import { Primary } from '../../../src/database/primary.ts';
import { type Address, startProxy, type TcpProxy } from '../../support/proxy.ts';
import { standStill } from '../../support/stand-still.ts';
import { eventually } from '../../support/wait.ts';

const role = `health_${randomBytes(6).toString('hex')}`;
const password = 'x';
/** How long an answer may take. */
const PATIENCE_MS = 2_000;
const { host, port } = inject('postgres');
let administrator: pg.Client;
let proxy: TcpProxy;
let health: PostgresHealth;
let renewed: { silent: boolean }[] = [];
let lines: string[] = [];

const alter = (change: string) => administrator.query(`ALTER ROLE ${role} ${change}`);
const terminate = () =>
  administrator.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1', [
    role,
  ]);

/** Asks until it is up. A question that was under way when the state changed is answered as before. */
const untilUp = () => eventually(() => health.check());

const log = pino({}, { write: (line) => void lines.push(JSON.parse(line).msg) });
const healthAt = (server: Address) =>
  new PostgresHealth(
    { user: role, password, database: 'postgres' },
    new Primary(server),
    log,
    (_before, silent) => renewed.push({ silent }),
  );

beforeAll(async () => {
  administrator = new pg.Client({ ...inject('postgres'), database: 'postgres' });
  await administrator.connect();
  await administrator.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
});
beforeEach(async () => {
  proxy = await startProxy({ host, port });
  health = healthAt({ host: '127.0.0.1', port: proxy.port });
  await health.check();
  [renewed, lines] = [[], []];
  return async () => {
    await health.stop();
    await proxy.close();
  };
});
afterAll(async () => {
  await administrator.query(`DROP ROLE ${role}`);
  await administrator.end();
});

test('while the server has no connection left, those that are open count', async () => {
  await alter('CONNECTION LIMIT 0');
  health.suspect(new Error('one of the pool was terminated'));
  await health.check();
  expect([health.up, renewed, lines]).toEqual([true, [], []]);

  await alter('CONNECTION LIMIT -1');
  await eventually(async () => {
    await health.check();
    expect([health.up, renewed, lines]).toEqual([
      true,
      [{ silent: false }],
      ['a PostgreSQL connection failed: all are replaced'],
    ]);
  });
});

test('without an open connection, such a server is down until it has one left', async () => {
  await alter('CONNECTION LIMIT 0');
  await terminate();
  await expect(health.check()).rejects.toMatchObject({ code: '53300' });
  await expect(health.check()).rejects.toMatchObject({ code: '53300' });
  expect(health.up).toBe(false);

  await alter('CONNECTION LIMIT -1');
  await untilUp();
  expect([health.up, renewed, lines]).toEqual([
    true,
    [{ silent: false }],
    ['PostgreSQL is down or read-only: sales are answered 503 until it is back', 'PostgreSQL is back'],
  ]);
});

test('new sessions that are read-only count, even if open ones may write', async () => {
  await alter('SET default_transaction_read_only = on');
  health.suspect(new Error('a new connection is read-only'));
  await eventually(() => expect(health.check()).rejects.toMatchObject({ name: 'ReadOnlyError' }));
  await alter('RESET default_transaction_read_only');
  await untilUp();
  expect([health.up, renewed]).toEqual([true, [{ silent: false }]]);
});

test('connections in use are cut after a silence, which a broken connection is not', async () => {
  proxy.delayAnswers(500);
  const asked = expect(health.check()).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await proxy.cut();
  await asked;
  proxy.delayAnswers(0);
  await proxy.restore();
  await health.check();
  expect(renewed).toEqual([{ silent: false }]);

  proxy.stall();
  await expect(health.check()).rejects.toThrow();
  proxy.resume();
  await untilUp();
  expect(renewed.slice(1)).toEqual([{ silent: true }]);
});

test('an answer that came while this process stood still is no silence', async ({ onTestFinished }) => {
  // The proxy stands still as well, so that its answers are late.
  await health.stop();
  const direct = healthAt({ host, port });
  onTestFinished(() => direct.stop());
  await direct.check();
  renewed = [];
  const asked = direct.check();
  await new Promise(setImmediate);
  standStill(PATIENCE_MS + 100);
  await asked;
  expect([direct.up, renewed, lines]).toEqual([true, [], []]);
});
