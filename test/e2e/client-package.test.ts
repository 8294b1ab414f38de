import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { seed } from '../../src/database/seed.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Service, startService } from '../support/service.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** The program of an integrator: the whole journey of a buyer, while another user watches the same hall. */
const JOURNEY = `
import { createTiketiClient, createTiketiSocket, type Seat, type SeatStatus, TiketiError } from 'tiketi-ticket-service/client';
import { buyerToken, otherToken, url } from './settings.js';

const buyer = createTiketiClient({ baseUrl: url, token: async () => buyerToken });
const other = createTiketiClient({ baseUrl: url, token: otherToken, language: 'en' });
const { events } = await buyer.listEvents({ status: 'on_sale', limit: 10 });
const { event } = await buyer.getEvent({ id: events[0]!.id });
const eventId = event.id;

const heard: [name: string, seatId: string, status: SeatStatus][] = [];
const socket = createTiketiSocket({ url, token: () => otherToken });
socket.on('seat-locked', ({ seatId, status }) => heard.push(['seat-locked', seatId, status]));
socket.on('seat-released', ({ seatId, status }) => heard.push(['seat-released', seatId, status]));
await socket.joinSeatSelection(eventId);

async function hears(name: string, status: SeatStatus, seats: Seat[]): Promise<boolean> {
  const all = () => seats.every(({ id }) => heard.some(([n, seatId, s]) => n === name && seatId === id && s === status));
  for (let tries = 0; tries < 200 && !all(); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  return all();
}
const statuses = async () => {
  const { seats } = await other.getSeatMap({ eventId });
  return two.map(({ id }) => seats.find((seat) => seat.id === id)?.status);
};

const hall = other.watchSeats(eventId);
await hall.ready;
async function shows(status: SeatStatus, seats: Seat[]): Promise<boolean> {
  const all = () => seats.every(({ id }) => hall.status(id) === status);
  for (let tries = 0; tries < 200 && !all(); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  return all();
}

const { queued, threshold } = await buyer.checkQueue({ eventId });
const map = await buyer.getSeatMap({ eventId });
const two = map.seats.filter(({ status }) => status === 'available').slice(0, 2);
const { reservation } = await buyer.reserveSeats({ eventId, seatIds: two.map(({ id }) => id) });
const lockedHeard = await hears('seat-locked', 'locked', two);
const lockedShown = await shows('locked', two);
const held = await statuses();
const refusal = await other.reserveSeats({ eventId, seatIds: [two[0]!.id] }).catch((error: unknown) => error);
const mine = await buyer.listMyReservations({ limit: 5 });
const theirs = await other.listMyReservations();
const { message } = await buyer.cancelReservation({ id: mine.reservations[0]!.id });
const releasedHeard = await hears('seat-released', 'available', two);
const availableHeard = await hears('seat-locked', 'available', two);
const availableShown = await shows('available', two);
hall.close();
const unknownRoom = await socket.joinEvent(reservation.id).catch((error: unknown) => error);
socket.close();

const told = (error: unknown) => error instanceof TiketiError && [error.status, error.code, error.message];
console.log(JSON.stringify({
  title: event.title, queued, threshold, seats: map.seats.length, total: reservation.totalAmount, lockedHeard, lockedShown, held,
  refusal: told(refusal), mine: mine.reservations.map(({ id, status }) => [id === reservation.id, status]),
  theirs: theirs.reservations.length, message, releasedHeard, availableHeard, availableShown, free: await statuses(), unknownRoom: told(unknownRoom),
}));
`;

const PRELUDE = `import { createTiketiClient, createTiketiSocket } from 'tiketi-ticket-service/client';
const tiketi = createTiketiClient({ baseUrl: '' });
const socket = createTiketiSocket({ url: '' });
`;

/** Pairs of a correct line and a wrong one. */
const RIGHT_AND_WRONG: [right: string, wrong: string][] = [
  [`tiketi.listEvents({ status: 'on_sale' });`, `tiketi.listEvents({ state: 'on_sale' });`],
  [`tiketi.listEvents({ status: 'all' });`, `tiketi.listEvents({ status: 'open' });`],
  [`tiketi.listEvents();`, `tiketi.listEvents('IU');`],
  [`tiketi.getSeatMap({ eventId: '' });`, `tiketi.getSeatMap();`],
  [
    `tiketi.reserveSeats({ eventId: '', seatIds: [''] });`,
    `tiketi.reserveSeats({ eventId: '', seatId: '' });`,
  ],
  [`tiketi.reserveSeats({ eventId: '', seatIds: [] });`, `tiketi.reserveSeats({ eventId: '' });`],
  [`(await tiketi.getEvent({ id: '' })).event.title;`, `(await tiketi.getEvent({ id: '' })).title;`],
  [`tiketi.leaveQueue({ eventId: '' });`, `tiketi.exitQueue({ eventId: '' });`],
  [
    `tiketi.watchSeats('', { onChange: ({ seats }) => seats[0]?.seat_label });`,
    `tiketi.watchSeats('', { onChange: ({ stock }) => stock });`,
  ],
  [`tiketi.watchStock('', { socket }).stock.get('')?.availableQuantity;`, `tiketi.watchStock('').seats;`],
  [`socket.on('seat-locked', () => {});`, `socket.on('seat-taken', () => {});`],
  [`socket.on('seat-locked', ({ seatId }) => seatId);`, `socket.on('seat-locked', ({ seat }) => seat);`],
  [`socket.send('join-event', { eventId: '' });`, `socket.send('join-room', { eventId: '' });`],
  [`socket.send('join-queue', { eventId: '' });`, `socket.send('join-queue', { event: '' });`],
  [
    `socket.changeSeatSelection({ eventId: '', seats: [] });`,
    `socket.changeSeatSelection({ eventId: '', seats: '' });`,
  ],
];

let service: Service;
let project: string;

beforeAll(async () => {
  service = await startService();
  project = await mkdtemp(join(tmpdir(), 'tiketi-client-'));
  await run(process.execPath, [join(root, 'src/client/build.ts')]);
  const packed = await run('npm', [
    'pack',
    join(root, 'dist/client'),
    '--json',
    '--pack-destination',
    project,
  ]);
  const tarball = join(project, JSON.parse(packed.stdout)[0].filename);
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'shop', private: true, type: 'module' }),
  );
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: project });
  await symlink(join(root, 'node_modules/typescript'), join(project, 'node_modules/typescript'));
}, 180_000);

afterAll(async () => {
  await service?.stop();
  if (project) await rm(project, { recursive: true, force: true });
});

/** @returns the numbers of the lines with an error, by file */
async function compile(
  options: Record<string, unknown>,
  ...files: string[]
): Promise<Record<string, number[]>> {
  // Without the types of Node, so the client compiles for a browser. Its own declarations are checked as well, but not TypeScript's,
  // which would take a second each time.
  const compilerOptions = {
    strict: true,
    target: 'ES2022',
    module: 'NodeNext',
    types: [],
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    outDir: 'out',
    ...options,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(project, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '--pretty', 'false'], { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  const lines: Record<string, number[]> = {};
  for (const [, file, line] of stdout.matchAll(/^(\S+)\((\d+),\d+\): error/gm)) {
    lines[file as string] = [...(lines[file as string] ?? []), Number(line)];
  }
  return lines;
}

describe('the packed client', () => {
  it('has none of the dependencies of the service', async () => {
    const manifest = JSON.parse(
      await readFile(join(project, 'node_modules/tiketi-ticket-service/package.json'), 'utf8'),
    );
    expect(Object.keys(manifest.dependencies)).toEqual(['openapi-fetch', 'socket.io-client']);
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed).not.toContain('fastify');
    expect(installed).not.toContain('@sinclair');
  });

  it('takes a buyer from the list to a hold and back, and shows it to another user', async () => {
    const { eventId } = await service.seedEvent({ title: '패키지 공연', seats: 20, price: 50_000 });
    const settings = { url: service.origin, buyerToken: service.token(), otherToken: service.token() };
    const constants = Object.entries(settings).map(([name, value]) => `export const ${name} = '${value}';\n`);
    await writeFile(join(project, 'settings.ts'), constants.join(''));
    await writeFile(join(project, 'journey.ts'), JOURNEY);
    expect(await compile({}, 'journey.ts')).toEqual({});

    const { stdout } = await run(process.execPath, [join(project, 'out/journey.js')], { timeout: 60_000 });
    expect(JSON.parse(stdout)).toEqual({
      title: '패키지 공연',
      queued: false,
      threshold: 1_000,
      seats: 20,
      total: 100_000,
      lockedHeard: true,
      lockedShown: true,
      held: ['locked', 'locked'],
      refusal: [409, 'SEAT_UNAVAILABLE', 'A seat is already held or sold.'],
      mine: [[true, 'pending']],
      theirs: 0,
      message: '예매가 취소되었습니다.',
      releasedHeard: true,
      availableHeard: true,
      availableShown: true,
      free: ['available', 'available'],
      unknownRoom: [0, 'EVENT_NOT_FOUND', '이벤트를 찾을 수 없습니다.'],
    });
    const claims = await service.db
      .selectFrom('reservations')
      .select('status')
      .where('event_id', '=', eventId)
      .execute();
    expect(claims).toEqual([{ status: 'cancelled' }]);
  });

  it('runs the example of its README as it is', async () => {
    // Seeded before the start, as with `npm start`: the list shows later changes by SQL within 5 s.
    const database = await createTestDatabase();
    await seed(database.db);
    const demo = await startService({ database });
    onTestFinished(() => demo.stop());
    const readme = await readFile(join(project, 'node_modules/tiketi-ticket-service/README.md'), 'utf8');
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    const [, printed = ''] = /```text\n([\s\S]*?)```/.exec(readme) ?? [];
    await writeFile(join(project, 'hold.mjs'), example.replaceAll('http://localhost:3002', demo.origin));
    const { stdout } = await run(process.execPath, [join(project, 'hold.mjs')], {
      env: { ...process.env, TOKEN: demo.token() },
      timeout: 60_000,
    });
    // The news of the seats may arrive before or after the answer.
    const lines = (text: string) => text.trim().split('\n').sort();
    expect(lines(stdout)).toEqual(lines(printed));
  });

  it('makes a wrong field, value, event or operation an error of the compiler', async () => {
    const write = (name: string, lines: string[]) =>
      writeFile(join(project, name), `${PRELUDE}${lines.join('\n')}\n`);
    await write(
      'right.ts',
      RIGHT_AND_WRONG.map(([right]) => right),
    );
    await write(
      'wrong.ts',
      RIGHT_AND_WRONG.map(([, wrong]) => wrong),
    );
    const first = PRELUDE.split('\n').length;
    const everyLine = RIGHT_AND_WRONG.map((_, index) => first + index);

    const stricter = { noEmit: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    const bundled = { module: 'ESNext', moduleResolution: 'bundler', ...stricter };
    expect(await compile(bundled, 'right.ts', 'wrong.ts')).toEqual({ 'wrong.ts': everyLine });
  });
});

it('is ./client of this package as well', async () => {
  const program = `import * as client from 'tiketi-ticket-service/client'; console.log(Object.keys(client).join());`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  expect(stdout.trim()).toBe(
    'TiketiError,createTiketiClient,createTiketiSocket,positionInLine,verifyLotteryPlace',
  );
});
