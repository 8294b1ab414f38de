import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionOptions } from '../../../src/database/database.ts';
import { ConnectionPool } from '../../../src/database/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startProxy(database.settings);
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

test('a full pipeline that gets no answer fails without a warning of Node', async () => {
  const warnings: string[] = [];
  const listen = ({ message }: Error) => void warnings.push(message);
  process.on('warning', listen);
  const suspicions: string[] = [];
  const options = {
    ...connectionOptions({ ...database.settings, port: proxy.port }),
    connectionTimeoutMillis: 3_000,
    query_timeout: 100,
    pipeline: true,
    session: {},
  };
  const pool = new ConnectionPool(options, ({ message }) => void suspicions.push(message));
  const client = await pool.connect();
  proxy.stall();
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => client.query('SELECT 1')));
  client.release();
  await pool.end();
  // Warnings come in the next turn.
  await new Promise(setImmediate);
  process.off('warning', listen);
  expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'rejected'));
  expect(suspicions[0]).toBe('Query read timeout');
  expect(warnings).toEqual([]);
});
