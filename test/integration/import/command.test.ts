import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SolvableError } from '../../../src/errors/solvable.ts';
import { openSource } from '../../../src/import/source.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { eventually } from '../../support/wait.ts';
import { runImport } from './run.ts';
import { createSource, type Source } from './source.ts';

let source: Source;
let target: TestDatabase;
let folder: string;

beforeAll(async () => {
  [source, target] = await Promise.all([createSource(), createTestDatabase({ poolSize: 2 })]);
  folder = mkdtempSync(join(tmpdir(), 'tiketi-import-'));
});
afterEach(async () => {
  await Promise.all([source.clear(), target.clear()]);
});
afterAll(async () => {
  await source.drop();
  await target.drop();
  rmSync(folder, { recursive: true });
});

/** As `npm run import` does. */
function begin(...args: string[]): ChildProcess {
  const { host, port, user, password, database: name } = target.settings;
  return spawn(process.execPath, [join(import.meta.dirname, '../../../src/cli/import.ts'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DB_HOST: host,
      DB_PORT: String(port),
      DB_USER: user,
      DB_PASSWORD: password,
      DB_NAME: name,
    },
  });
}

async function run(...args: string[]) {
  const child = begin(...args);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, status };
}

/** A process on a machine that may be busy. */
const patience = { timeout: 30_000 };
const seoul = ['--timezone', 'Asia/Seoul'];

test('killed between two events, the next run brings the others, and proves it', async () => {
  // 5,000 rows fill a transaction.
  const first = await source.add('events', { created_at: '2025-01-01' });
  await sql`
    INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price, status)
    SELECT ${first}, 'A', 1, seat, 'A', 1000, 'available' FROM generate_series(1, 5000) seat`.execute(
    source.db,
  );
  const last = await source.add('events', { created_at: '2025-01-02' });
  await source.add('seats', { event_id: last, status: 'reserved' });
  const seats = async () =>
    (await target.db.selectFrom('seats').select(sql<number>`count(*)`.as('rows')).executeTakeFirstOrThrow())
      .rows;

  // The last event waits for this transaction, which has its id.
  const held = Promise.withResolvers<void>();
  const holding = target.db.transaction().execute(async (trx) => {
    // A process may take longer to start.
    await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(trx);
    await sql`
      INSERT INTO events (id, title, venue, event_date, sale_start_date, sale_end_date)
      VALUES (${last}, 'x', 'x', now(), now(), now() + interval '1 day')`.execute(trx);
    await held.promise;
    throw new Error('rolled back');
  });
  const killed = begin('--from', source.address, ...seoul);
  await eventually(async () => expect(await seats()).toBe(5_000), patience);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  held.resolve();
  await expect(holding).rejects.toThrow('rolled back');
  await expectInvariants(target.db);

  const report = join(folder, 'second.ndjson');
  const { stdout, stderr, status } = await run('--from', source.address, ...seoul, '--report', report);
  expect({ status, lastLines: stdout.split('\n').slice(-3, -1) }).toEqual({
    status: 0,
    lastLines: ['Every row and every won of the source is accounted for.', `Report: ${report}`],
  });
  expect(stderr).toMatch(/^Read +\d[\d,]* of 5,003 rows, \d+ s\n/);
  expect(await seats()).toBe(5_001);
  expect(readdirSync(folder)).toHaveLength(2);
  await expectInvariants(target.db);
}, 60_000);

test('a mistake on the command line is one line and how to call it', async () => {
  expect(await run('--from', source.address)).toEqual({
    stdout: '',
    stderr: expect.stringMatching(/^--timezone is missing\nUsage: [^\n]+\n$/),
    status: 1,
  });
});

const elsewhere = (database: string) => source.address.replace(/\w+$/, database);
test.each<[string, RegExp, () => { from: string; timezone?: string }]>([
  [
    'an address of something else',
    /^--from is no address of PostgreSQL: /,
    () => ({ from: 'mysql://a:secret@b/c' }),
  ],
  [
    'no such database',
    /^The source, database nowhere at .* can't be used: .*"nowhere" does not exist$/,
    () => ({ from: elsewhere('nowhere') }),
  ],
  [
    'no server',
    /^The source, database x at 127\.0\.0\.1:1, can't be used: .*ECONNREFUSED/,
    () => ({ from: 'postgres://a:secret@127.0.0.1:1/x' }),
  ],
  [
    'another application',
    /^The source, .* is no database of Tiketi: it lacks seat_layouts, /,
    () => ({ from: elsewhere('postgres') }),
  ],
  [
    'an unknown zone',
    /^--timezone is "Asia\/Soul": expected /,
    () => ({ from: source.address, timezone: 'Asia/Soul' }),
  ],
])('%s is one line, without a password', async (_what, line, request) => {
  const { from, timezone = 'Asia/Seoul' } = request();
  const error = await runImport({ address: from }, target, { timezone }).catch((reason) => reason);
  expect(error).toBeInstanceOf(SolvableError);
  expect(error.message).toMatch(line);
  expect(error.message).not.toMatch(new RegExp(`\n|secret|${target.settings.password}`));
});

test('a database with events that no import has brought is refused, and another zone than before', async () => {
  await seedEvent(target.db, { seats: 1 });
  await expect(runImport(source, target)).rejects.toThrow(
    /^The database has 1 events.* that no import has brought\. /,
  );
  await target.clear();
  await target.db.insertInto('imports').values({ timezone: 'UTC' }).execute();
  await expect(runImport(source, target)).rejects.toThrow(
    /^The import before read the times in UTC, and this one would in Asia\/Seoul\. /,
  );
});

test('a dry run into a database without our tables asks for them', async () => {
  const empty = await createTestDatabase({ template: 'template0', poolSize: 1 });
  await expect(runImport(source, empty, { dryRun: true })).rejects.toThrow(/^Run npm run migrate first/);
  await empty.drop();
});

test('long texts are read a few rows at a time', async () => {
  await sql`
    INSERT INTO events (title, venue, event_date, sale_start_date, sale_end_date, description)
    SELECT 'x', 'x', now(), now(), now(), repeat('x', 200000) FROM generate_series(1, 150)`.execute(
    source.db,
  );
  const opened = await openSource(source.address, 'UTC');
  const batches = [];
  for await (const { json, count } of opened.rows('events')) batches.push({ length: json.length, count });
  await opened.close();
  expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(150);
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThan(11_000_000);
});
