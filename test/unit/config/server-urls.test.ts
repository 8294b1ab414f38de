import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { development, problemsOf } from './problems.ts';

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z]$/);
const port = fc.integer({ min: 1, max: 65_535 });
const secret = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.isWellFormed());
/** In a URL, a path of one or two dots has a meaning of its own. */
const name = secret.filter((text) => !/^\.\.?$/.test(text));

test('a replica is like the primary in what its address leaves out', () => {
  const primary = { DATABASE_URL: 'postgres://app:secret@db-1,db-2/sales?sslmode=require' };
  const shared = { database: 'sales', user: 'app', password: 'secret', ssl: 'require' };
  expect(development({ ...primary, DB_READ_HOST: 'db-3:5433' }).database?.replica).toMatchObject({
    ...shared,
    host: 'db-3',
    port: 5433,
    maxLagMs: 1_000,
  });
  const own = { DATABASE_READ_URL: 'postgres://reader:other@db-3/sales', DB_READ_MAX_LAG_MS: '200' };
  expect(development({ ...primary, ...own }).database?.replica).toMatchObject({
    ...shared,
    host: 'db-3',
    port: 5432,
    user: 'reader',
    password: 'other',
    maxLagMs: 200,
  });
  expect(development(primary).database?.replica).toBeUndefined();
});

test('a replica that can only be a mistake is refused in one line', () => {
  const at = (variables: Record<string, string>) => problemsOf(() => development(variables));
  const DATABASE_READ_URL = 'postgres://reader:secret@db-3/sales';
  expect(at({ DB_HOST: 'db-1', DB_READ_HOST: 'db-2,db-3' })).toEqual([
    'DB_READ_HOST is "db-2,db-3": expected a host such as db-1 or db-1:5433',
  ]);
  expect(at({ DB_HOST: 'db-1', DATABASE_READ_URL: 'postgres://db-2,db-3/sales' })).toEqual([
    'DATABASE_READ_URL names 2 hosts: expected one',
  ]);
  expect(at({ DB_HOST: 'db-1', DB_READ_HOST: 'db-2', DATABASE_READ_URL })).toEqual([
    'DATABASE_READ_URL is set, and DB_READ_HOST too: expected one of them',
  ]);
  expect(at({ DATABASE_READ_URL })).toEqual([
    'DATABASE_READ_URL is set: expected DATABASE_URL or DB_HOST for its primary, too',
  ]);
});

test('a URL in DB_HOST is refused without its password', () => {
  expect(problemsOf(() => development({ DB_HOST: 'postgres://app:hush@db-1/sales' }))).toEqual([
    expect.stringMatching(/^DB_HOST is a value: /),
  ]);
});

test.each(['db-1:54a3', 'postgres://db-1/sales', 'db-1:5432:1'])('DB_HOST=%s is refused', (DB_HOST) => {
  expect(problemsOf(() => development({ DB_HOST }))).toHaveLength(1);
});

test('DB_HOST may name several hosts, each with its port or that of DB_PORT', () => {
  expect(development({ DB_HOST: 'db-1, db-2:5433,[::1]:5434', DB_PORT: '6000' }).database).toMatchObject({
    host: 'db-1',
    port: 6000,
    others: [
      { host: 'db-2', port: 5433 },
      { host: '::1', port: 5434 },
    ],
  });
  expect(development({ DB_HOST: '::1' }).database).toMatchObject({ host: '::1', port: 5432 });
  expect(problemsOf(() => development({ DB_HOST: 'db-1,' }))).toHaveLength(1);
});

describe('DATABASE_URL', () => {
  const at = (DATABASE_URL: string, more = {}) => development({ DATABASE_URL, ...more }).database;

  test('says what the variables say, whatever a name or a password contains', () => {
    fc.assert(
      fc.property(label, port, secret, secret, name, (host, port, user, password, database) => {
        const [userText, passwordText, databaseText] = [user, password, database].map(encodeURIComponent);
        expect(at(`postgresql://${userText}:${passwordText}@${host}:${port}/${databaseText}`)).toMatchObject({
          host,
          port,
          user,
          password,
          database,
          ssl: 'off',
        });
      }),
    );
  });

  test('counts before the variables, which say what it leaves out', () => {
    const variables = {
      DB_HOST: 'other',
      DB_PORT: '5433',
      DB_USER: 'app',
      DB_PASSWORD: 'secret',
      DB_SSL: 'require',
    };
    expect(at('postgres://db/sales', variables)).toMatchObject({
      host: 'db',
      port: 5433,
      database: 'sales',
      user: 'app',
      password: 'secret',
      ssl: 'require',
    });
  });

  test.each([
    ['disable', 'off'],
    ['require', 'require'],
    ['verify-ca', 'verify'],
    ['verify-full', 'verify'],
  ])('sslmode=%s is DB_SSL=%s', (mode, ssl) => {
    expect(at(`postgres://db/sales?sslmode=${mode}`, { DB_SSL: 'require' })?.ssl).toBe(ssl);
  });

  test('may name several hosts, each with its port or that of DB_PORT', () => {
    const url =
      'postgres://app:p%2Cw@a:5433,b,[::1]:5434/sales?target_session_attrs=read-write&sslmode=require';
    expect(at(url)).toMatchObject({
      host: 'a',
      port: 5433,
      others: [
        { host: 'b', port: 5432 },
        { host: '::1', port: 5434 },
      ],
      user: 'app',
      password: 'p,w',
      database: 'sales',
      ssl: 'require',
    });
    expect(at('postgres://one/sales', { DB_HOST: 'a,b' })?.others).toBeUndefined();
  });

  test('of a provider works as it is', () => {
    expect(
      at(
        'postgresql://owner:npg_x1@ep-cool-a1-pooler.ap-northeast-2.aws.example/neondb?sslmode=require&channel_binding=require',
      ),
    ).toMatchObject({ port: 5432, user: 'owner', database: 'neondb', ssl: 'require' });
    expect(
      at('postgres://postgres.ref:p%40ss@pooler.example:6543/postgres?pgbouncer=true&connection_limit=1'),
    ).toMatchObject({ port: 6543, user: 'postgres.ref', password: 'p@ss' });
    expect(at('postgres://app@[fd00::1]:5432/sales')?.host).toBe('fd00::1');
  });

  test.each([
    'mysql://db/sales',
    'postgres://',
    'db:5432/sales',
    'postgres://db:70000/sales',
    'postgres://db/sales?sslmode=prefer',
    'postgres://a:5432,,b:5432/sales',
    'postgres://app:%zz@db/sales',
  ])('%s is refused, without a word of it in the log', (DATABASE_URL) => {
    const problems = problemsOf(() => development({ DATABASE_URL }));
    expect(problems).toEqual([expect.stringMatching(/^DATABASE_URL is a value: expected a URL such as/)]);
  });
});

describe('REDIS_URL', () => {
  const at = (REDIS_URL: string, more = {}) => development({ REDIS_URL, ...more }).redis;

  test('says what the variables say, whatever a name or a password contains', () => {
    fc.assert(
      fc.property(label, port, secret, secret, fc.nat(999), (host, port, username, password, database) => {
        const [userText, passwordText] = [username, password].map(encodeURIComponent);
        expect(at(`rediss://${userText}:${passwordText}@${host}:${port}/${database}`)).toEqual({
          host,
          port,
          username,
          password,
          database,
          tls: true,
          sentinel: undefined,
          cluster: undefined,
        });
      }),
    );
  });

  test('counts before the variables, which say what it leaves out', () => {
    const variables = { REDIS_HOST: 'other', REDIS_PASSWORD: 'secret', REDIS_DB: '3', REDIS_TLS: 'true' };
    expect(at('redis://cache', variables)).toMatchObject({
      host: 'cache',
      port: 6379,
      username: undefined,
      password: 'secret',
      database: 3,
      tls: true,
    });
    expect(at('redis://:other@cache/0', variables)).toMatchObject({ password: 'other', database: 0 });
  });

  test.each(['http://cache', 'redis://', 'cache:6379', 'redis://cache/sales', 'redis://:%zz@cache'])(
    '%s is refused, without a word of it in the log',
    (REDIS_URL) => {
      const problems = problemsOf(() => development({ REDIS_URL }));
      expect(problems).toEqual([expect.stringMatching(/^REDIS_URL is a value: expected a URL such as/)]);
    },
  );
});

describe('REDIS_SENTINELS', () => {
  test('are asked for the master, whatever Redis is named', () => {
    const { redis } = development({
      REDIS_SENTINELS: 'sentinel-1:26379, [fd00::2]:26380',
      REDIS_SENTINEL_MASTER: 'tickets',
      REDIS_SENTINEL_PASSWORD: 'asked',
      REDIS_PASSWORD: 'secret',
      REDIS_DB: '2',
    });
    expect(redis).toMatchObject({
      password: 'secret',
      database: 2,
      sentinel: {
        addresses: [
          { host: 'sentinel-1', port: 26379 },
          { host: 'fd00::2', port: 26380 },
        ],
        master: 'tickets',
        username: undefined,
        password: 'asked',
      },
    });
  });

  test.each(['sentinel-1', 'a:1,', 'a:0', 'a:70000', 'redis://a:1', 'a:1 b:2'])('%j is refused', (text) => {
    expect(problemsOf(() => development({ REDIS_SENTINELS: text }))).toEqual([
      `REDIS_SENTINELS is ${JSON.stringify(text)}: expected addresses such as sentinel-1:26379, separated by commas`,
    ]);
  });
});

describe('REDIS_CLUSTER', () => {
  const REDIS_CLUSTER = 'node-1:7000,node-2:7001';

  test('names nodes, and the other variables say how to reach them', () => {
    expect(
      development({ REDIS_CLUSTER, REDIS_USERNAME: 'app', REDIS_PASSWORD: 'secret', REDIS_TLS: 'true' })
        .redis,
    ).toMatchObject({
      cluster: [
        { host: 'node-1', port: 7000 },
        { host: 'node-2', port: 7001 },
      ],
      username: 'app',
      password: 'secret',
      tls: true,
    });
  });

  test.each([
    [{ REDIS_URL: 'redis://cache' }, 'REDIS_CLUSTER is set, and REDIS_URL too: expected one of them'],
    [{ REDIS_SENTINELS: 'a:1' }, 'REDIS_CLUSTER is set, and REDIS_SENTINELS too: expected one of them'],
    [
      { REDIS_DB: '3' },
      'REDIS_DB is 3: expected 0 with REDIS_CLUSTER, since a cluster has no other database',
    ],
  ])('with %j is refused in one line', (other, line) => {
    expect(problemsOf(() => development({ REDIS_CLUSTER, ...other }))).toEqual([line]);
  });
});
