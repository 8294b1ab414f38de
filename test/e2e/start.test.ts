import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ask } from '../support/http.ts';
import { startProxy } from '../support/proxy.ts';
import { launchServer, type StartingServer } from '../support/server-process.ts';
import { eventually } from '../support/wait.ts';

/*
 * Starts of the real process that meet a problem: each waits and says so, or ends with one line. The states of PostgreSQL are
 * tried in test/integration/database/await-database.test.ts.
 */
/** For several processes that start at once on a machine that may be busy. */
const SLOW_MS = 60_000;
const NO_REDIS = { host: '127.0.0.1', port: 1 };

let database: TestDatabase;
let foreign: TestDatabase;
let dataDirectory: string;
const starts: StartingServer[] = [];

vi.setConfig({ testTimeout: SLOW_MS });

beforeAll(async () => {
  [database, foreign] = await Promise.all([
    createTestDatabase({ poolSize: 2 }),
    createTestDatabase({ poolSize: 1, template: 'template0' }),
  ]);
  await sql`CREATE TABLE events (title text)`.execute(foreign.db);
  dataDirectory = mkdtempSync(join(tmpdir(), 'tiketi-start-'));
});
afterAll(async () => {
  for (const { process: child } of starts) child.kill('SIGKILL');
  await Promise.all([database.drop(), foreign.drop()]);
  rmSync(dataDirectory, { recursive: true, force: true });
});

function launch(settings: Partial<TestDatabase['settings']>, env: Record<string, string> = {}) {
  const server = launchServer({ ...database.settings, ...settings }, NO_REDIS, { LOG_LEVEL: 'info', ...env });
  starts.push(server);
  return server;
}

/** The log from `warn` on, without the time and the process. */
function problemsOf(server: StartingServer) {
  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level >= 40)
    .map(({ time: _time, pid: _pid, hostname: _hostname, ...rest }) => rest);
}

/** What was started so far may fail as well while it is stopped, and warn of that. */
const endOf = (server: StartingServer) => problemsOf(server).filter(({ level }) => level === 60);

const fatal = (reason: RegExp) => [
  { level: 60, msg: expect.stringMatching(new RegExp(`^the service did not start: ${reason.source}`)) },
];

test.concurrent('a start waits for PostgreSQL and goes on when it is back', async () => {
  const proxy = await startProxy(database.settings);
  await proxy.cut();
  const server = launch({ port: proxy.port });
  const waits = {
    level: 40,
    msg: expect.stringMatching(
      /^PostgreSQL at 127\.0\.0\.1:\d+, .* ECONNREFUSED .*; the start waits for it$/,
    ),
  };
  await eventually(() => expect(problemsOf(server)).toEqual([waits]), { timeout: SLOW_MS });
  await proxy.restore();
  const origin = await server.listening;
  expect(server.output()).toContain('PostgreSQL can be used: the start goes on');
  expect((await ask(origin, { url: '/api/v1/events' })).status).toBe(200);
  expect(problemsOf(server).filter(({ msg }) => /PostgreSQL/.test(msg))).toHaveLength(1);
  server.process.kill('SIGKILL');
  await proxy.close();
});

test.concurrent('a start that waits ends at once on SIGTERM, and its embedded servers with it', async () => {
  const server = launch({ port: 1 }, { REDIS_HOST: '', DATA_DIR: dataDirectory });
  await eventually(() => expect(server.output()).toContain('the start waits for it'), { timeout: SLOW_MS });
  const redisPort = /Redis: embedded, on port (\d+)/.exec(server.output())?.[1];
  server.process.kill('SIGTERM');
  const begun = performance.now();
  expect(await server.ended).toBe(0);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(server.output()).toContain('"msg":"stopped"');
  if (redisPort) {
    const [error] = await once(connect(Number(redisPort), '127.0.0.1'), 'error');
    expect(error.code).toBe('ECONNREFUSED');
  }
});

test.concurrent("a start, migrate and seed end with one line in another application's database", async () => {
  const { host, port, user, password, database: name } = foreign.settings;
  const env = { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: name };
  const command = async (file: string) => {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const child = spawn(process.execPath, [join(import.meta.dirname, `../../src/cli/${file}.ts`)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, NODE_COMPILE_CACHE, ...env },
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { out, err, code };
  };
  const server = launch(foreign.settings);
  const line =
    /PostgreSQL at [^\n]+ can't be used: it has tables of another application [^\n]+ Set DB_NAME [^\n]+/;
  const refused = { out: '', err: expect.stringMatching(new RegExp(`^${line.source}\n$`)), code: 1 };
  expect(await Promise.all([command('migrate'), command('seed')])).toEqual([refused, refused]);
  expect(await server.ended).toBe(1);
  expect(problemsOf(server)).toEqual(fatal(line));
  const { rows } = await sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`.execute(foreign.db);
  expect(rows).toEqual([{ name: 'events' }]);
});

test.concurrent('a start that PostgreSQL fails in the middle ends with one line', async () => {
  const user = `starter_${process.pid}`;
  await sql.raw(`CREATE ROLE ${user} LOGIN PASSWORD 'its password'`).execute(database.db);
  await sql.raw(`GRANT SELECT ON kysely_migration TO ${user}`).execute(database.db);
  const server = launch({ user, password: 'its password' });
  expect(await server.ended).toBe(1);
  await sql.raw(`DROP OWNED BY ${user}`).execute(database.db);
  await sql.raw(`DROP ROLE ${user}`).execute(database.db);
  expect(endOf(server)).toEqual(fatal(/PostgreSQL at .* permission denied for table \w+$/));
});

test.concurrent('a port in use ends the start with one line', async () => {
  const server = launch({}, { PORT: String(database.settings.port) });
  expect(await server.ended).toBe(1);
  expect(endOf(server)).toEqual(fatal(/port \d+ of 127\.0\.0\.1 is in use .* PORT/));
});

test.concurrent('a HOST that the name server fails to look up ends the start with one line about HOST', async () => {
  const fail = `import dns from 'node:dns'; dns.lookup = (host, ...rest) => rest.at(-1)(Object.assign(
    new Error('getaddrinfo EAI_AGAIN ' + host), { code: 'EAI_AGAIN' }));`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fail)}`;
  const server = launch({}, { HOST: 'tickets.example', REDIS_HOST: '127.0.0.1', NODE_OPTIONS });
  expect(await server.ended).toBe(1);
  expect(endOf(server)).toEqual(fatal(/tickets\.example can't be looked up now\. Set HOST/));
});
