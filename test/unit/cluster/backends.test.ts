import { expect, test } from 'vitest';
import { workerEnvironment } from '../../../src/cluster/backends.ts';
import { loadConfig } from '../../../src/config/config.ts';

const embedded = {
  database: {
    host: '127.0.0.1',
    port: 5_499,
    user: 'tiketi',
    password: 'p',
    database: 'tiketi',
    ssl: 'off',
    poolSize: 10,
  },
  redis: { host: '127.0.0.1', port: 6_399 },
} as const;

test('settings of a server that is not configured do not reach the workers of an embedded one', () => {
  const given = {
    DB_SSL: 'require',
    REDIS_USERNAME: 'u',
    REDIS_PASSWORD: 'p',
    REDIS_DB: '3',
    REDIS_TLS: 'true',
  };
  const environment = workerEnvironment(loadConfig(given), embedded as never);
  const { database, redis } = loadConfig({ ...given, ...environment });
  expect(database).toMatchObject({ port: 5_499, ssl: 'off' });
  expect(redis).toMatchObject({ port: 6_399, database: 0, tls: false });
  expect(redis?.username).toBeUndefined();
  expect(redis?.password).toBeUndefined();
});

test('settings of configured servers do', () => {
  const given = { DB_HOST: 'db', DB_SSL: 'require', REDIS_HOST: 'redis', REDIS_TLS: 'true' };
  const environment = workerEnvironment(loadConfig(given), embedded as never);
  const { database, redis } = loadConfig({ ...given, ...environment });
  expect(database).toMatchObject({ host: 'db', ssl: 'require' });
  expect(redis).toMatchObject({ host: 'redis', tls: true });
});
