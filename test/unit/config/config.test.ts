import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { development, GOOD_SECRET, problemsOf, production } from './problems.ts';

describe('JWT_SECRET in production', () => {
  test.each([
    [undefined, /is missing/],
    ['', /is missing/],
    ['Zk3v0pQ9sB7dXm1R', /is too short/],
    ['your-secret-key', /is too short/],
    ['your-secret-key-your-secret-key-1', /looks like an example/],
    ['change-me-in-production-please-now', /looks like an example/],
    ['tiketi-jwt-signing-value-for-the-demo', /looks like an example/],
    ['a'.repeat(48), /looks like an example/],
  ])('%j is refused', (JWT_SECRET, reason) => {
    expect(problemsOf(() => production({ JWT_SECRET }))).toEqual([expect.stringMatching(reason)]);
  });

  test.each([GOOD_SECRET, 'dVfB2fXJ1w0m0x7QkqJc3y1v7f4Yw4G1o0yJ7r0bL5m3kQ==', '가나다라마바사아자차카타'])(
    '%j is accepted',
    (JWT_SECRET) => {
      expect(production({ JWT_SECRET }).jwtSecret).toBe(JWT_SECRET);
    },
  );

  test('32 bytes are required, not 32 characters', () => {
    expect(problemsOf(() => production({ JWT_SECRET: '가나다라마바사아자차' }))).toEqual([
      expect.stringMatching(/is too short/),
    ]);
  });
});

describe('outside production', () => {
  test('loading the configuration makes no secret and writes no file', () => {
    const dataDirectory = join(tmpdir(), `tiketi-config-${randomUUID()}`);
    expect(development({ DATA_DIR: dataDirectory }).jwtSecret).toBeUndefined();
    expect(existsSync(dataDirectory)).toBe(false);
  });

  test('the service starts its own PostgreSQL and Redis unless they are configured', () => {
    expect(development()).toMatchObject({
      production: false,
      host: '127.0.0.1',
      database: undefined,
      redis: undefined,
    });
    expect(development({ DB_HOST: 'db' })).toMatchObject({
      database: { host: 'db', port: 5432 },
      redis: undefined,
    });
    expect(development({ REDIS_HOST: 'cache' })).toMatchObject({
      database: undefined,
      redis: { host: 'cache' },
    });
  });
});

test('production has the defaults of the reference', () => {
  expect(production()).toMatchObject({
    port: 3002,
    host: '0.0.0.0',
    database: {
      host: 'postgres-service',
      port: 5432,
      database: 'tiketi',
      user: 'tiketi_user',
      password: 'tiketi_pass',
      ssl: 'off',
    },
    redis: {
      host: 'dragonfly-service',
      port: 6379,
      username: undefined,
      password: undefined,
      database: 0,
      tls: false,
      sentinel: undefined,
    },
    frontendUrls: ['http://localhost:3000'],
    authServiceUrl: 'http://auth-service:3001',
  });
});

test('places in line and inside last equally long, unless configured otherwise', () => {
  expect(development({ QUEUE_TTL_SECONDS: '60' }).queue).toMatchObject({
    insideTtlSeconds: 60,
    waitingTtlSeconds: 60,
  });
  expect(development({ QUEUE_WAITING_TTL_SECONDS: '60' }).queue).toMatchObject({
    insideTtlSeconds: 300,
    waitingTtlSeconds: 60,
  });
  expect(problemsOf(() => development({ QUEUE_WAITING_TTL_SECONDS: '0' }))).toEqual([
    'QUEUE_WAITING_TTL_SECONDS is "0": expected a whole number from 1 to 86400',
  ]);
});

test('one process by default, and with auto one for each processor', () => {
  expect(development().workers).toBe(1);
  expect(development({ WORKERS: '4' }).workers).toBe(4);
  expect(development({ WORKERS: 'auto' }).workers).toBe(availableParallelism());
  const wrong = ['0', '257', 'all'].flatMap((workers) => problemsOf(() => development({ WORKERS: workers })));
  expect(wrong).toEqual(
    ['0', '257', 'all'].map(
      (workers) => `WORKERS is "${workers}": expected a whole number from 1 to 256, or auto`,
    ),
  );
});
