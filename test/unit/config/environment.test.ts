import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/config/config.ts';
import { type Environment, type Setting, settings } from '../../../src/config/environment.ts';

const GOOD_SECRET = 'Zk3v0pQ9sB7dXm1RwYt5uLhNaEoJcGfK';
const dataDirectory = mkdtempSync(join(tmpdir(), 'tiketi-settings-'));
afterAll(() => rmSync(dataDirectory, { recursive: true }));

const development = (environment: Environment = {}) =>
  loadConfig({ DATA_DIR: dataDirectory, ...environment });
const production = (environment: Environment = {}) =>
  loadConfig({ NODE_ENV: 'production', JWT_SECRET: GOOD_SECRET, ...environment });

function problemsOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('.env.example', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8');
  const entries = [...text.matchAll(/^# (.+)\n#([A-Z_]+)=(.*)$/gm)].map(([, comment, name, value]) => ({
    comment,
    name,
    value,
  }));

  test('names every variable with its default, in the order of settings.ts', () => {
    const expected = Object.entries<Setting<unknown>>(settings).map(([name, { fallback = '' }]) => [
      name,
      fallback,
    ]);
    expect(entries.map(({ name, value }) => [name, value])).toEqual(expected);
  });

  test('says of each what settings.ts says', () => {
    for (const { name, comment } of entries) {
      const setting: Setting<unknown> = settings[name as keyof typeof settings];
      expect(comment).toContain(setting.about);
      if (setting.fallbackNote) expect(comment).toContain(setting.fallbackNote);
    }
  });

  test('changes nothing when it is copied as it is, and holds good values when all of it is uncommented', () => {
    expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([]);
    const all = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(problemsOf(() => loadConfig({ ...all, DATA_DIR: dataDirectory }))).toEqual([]);
  });
});

describe('a bad value', () => {
  test('stops the start together with all the others, each with what was expected', () => {
    const problems = problemsOf(() =>
      development({
        PORT: '80a',
        DB_POOL_SIZE: '1',
        REDIS_TLS: 'yes',
        LOG_LEVEL: 'loud',
        FRONTEND_URL: 'https://tickets.example,ftp://tickets.example',
        AUTH_SERVICE_URL: 'auth-service',
        MAX_SEATS_PER_USER: '2.5',
      }),
    );
    expect(problems).toEqual([
      'PORT is "80a": expected a whole number from 0 to 65535',
      'DB_POOL_SIZE is "1": expected a whole number from 4 to 500',
      'REDIS_TLS is "yes": expected true or false',
      expect.stringMatching(/^FRONTEND_URL is ".*": expected http\(s\) origins/),
      'AUTH_SERVICE_URL is "auth-service": expected an http(s) URL',
      'LOG_LEVEL is "loud": expected one of fatal, error, warn, info, debug, trace, silent',
      'MAX_SEATS_PER_USER is "2.5": expected a whole number from 1 to 1000',
    ]);
  });

  test.each(['-1', '65536', '0x50', '8e1', ' 80', '80 ', '٣', '9'.repeat(400)])('as PORT: %s', (PORT) => {
    expect(problemsOf(() => development({ PORT }))).toHaveLength(1);
  });

  test('is shown, but a secret is not', () => {
    const SECRET_TEXT = 'hunter2-hunter2';
    const environment = {
      NODE_ENV: 'production',
      PORT: 'x',
      JWT_SECRET: SECRET_TEXT,
      DB_PASSWORD: SECRET_TEXT,
      REDIS_PASSWORD: SECRET_TEXT,
    };
    expect(() => loadConfig(environment)).toThrow(/PORT.*JWT_SECRET is too short/s);
    expect(() => loadConfig(environment)).not.toThrow(SECRET_TEXT);
  });
});

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

  test('of its bytes, not of its characters, there must be 32', () => {
    expect(problemsOf(() => production({ JWT_SECRET: '가나다라마바사아자차' }))).toHaveLength(1);
  });
});

describe('outside production', () => {
  test('a missing JWT_SECRET is made once and kept', () => {
    const { jwtSecret } = development();
    expect(Buffer.byteLength(jwtSecret)).toBeGreaterThanOrEqual(32);
    expect(development().jwtSecret).toBe(jwtSecret);
  });

  test('nothing configured means: bring your own', () => {
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

test('in production, what is not configured is as the reference has it', () => {
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
    redis: { host: 'dragonfly-service', port: 6379, password: undefined, tls: false },
    frontendUrls: ['http://localhost:3000'],
    authServiceUrl: 'http://auth-service:3001',
  });
});

test('an empty variable counts as unset', () => {
  const empty = Object.fromEntries(Object.keys(settings).map((name) => [name, '']));
  expect(development({ ...empty, DATA_DIR: dataDirectory })).toEqual(development());
});

test('silence in line lasts as long as silence inside, where nothing else is said', () => {
  expect(development({ QUEUE_TTL_SECONDS: '60' }).queue).toMatchObject({
    insideTtlSeconds: 60,
    waitingTtlSeconds: 60,
  });
  expect(development({ QUEUE_WAITING_TTL_SECONDS: '60' }).queue).toMatchObject({
    insideTtlSeconds: 300,
    waitingTtlSeconds: 60,
  });
  expect(problemsOf(() => development({ QUEUE_WAITING_TTL_SECONDS: '0' }))).toHaveLength(1);
});

test('origins are taken as browsers send them', () => {
  const FRONTEND_URL = 'https://Tickets.example/, http://localhost:3000';
  expect(development({ FRONTEND_URL }).frontendUrls).toEqual([
    'https://tickets.example',
    'http://localhost:3000',
  ]);
});
