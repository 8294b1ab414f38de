import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { UnavailableError } from '../../../src/errors/unavailable.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../../support/sockets.ts';
import { eventually } from '../../support/wait.ts';

/** A lost message between instances heals in half of this time, unless the machine stands still. */
const HEALED = 4_000;
const CODES = { available: 0, locked: 1, reserved: 2, blocked: 3 };

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService({ instances: 2 });
  sockets = openSockets(service.token);
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

const connect = (instance: number) => sockets.connect(service.origins[instance] as string);

async function joined(instance: number, eventId: string, batch: boolean): Promise<Listener> {
  const listener = await connect(instance);
  const answer = await listener.send('join-seat-selection', { eventId, batch });
  expect(answer).toEqual(
    batch ? { ok: true, version: expect.any(Number), layout: expect.any(Number) } : { ok: true },
  );
  return listener;
}

const sell = async (eventId: string, seatIds: string[], instance = 0) =>
  expect((await apiOf(service, instance).reserve(eventId, seatIds)).status).toBe(201);

/** The status codes of PostgreSQL, in the order of the layout. */
async function truth(eventId: string): Promise<number[]> {
  const seats = await service.db
    .selectFrom('seats')
    .select('status')
    .where('event_id', '=', eventId)
    .orderBy('section')
    .orderBy('row_number')
    .orderBy('seat_number')
    .orderBy('id')
    .execute();
  return seats.map(({ status }) => CODES[status]);
}

/** Loses every message that the first instance sends to the other. */
const loseNews = () => vi.spyOn(service.app.io.sockets.adapter, 'serverSideEmit').mockReturnValue(undefined);

test('batches keep a map equal to the database, from the version of the join on, during a sale on two instances', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 120 });
  const left = [...seatIds];
  const buyer = async (instance: number) => {
    while (left.length > 0) await sell(eventId, left.splice(0, 1), instance);
  };
  const follower = async (instance: number) => {
    const listener = await connect(instance);
    const answer = await listener.send('join-seat-selection', { eventId, batch: true });
    const start = answer.ok ? (answer.version as number) : Number.NaN;
    // As a client does that reads the status after the join.
    const { version, statuses } = await (service.apps[instance] as typeof service.app).live.get(eventId);
    expect(version).toBeGreaterThanOrEqual(start);
    return { listener, start, version, map: [...statuses] };
  };
  const buyers = [buyer(0), buyer(1), buyer(0), buyer(1)];
  const followers = [];
  for (const instance of [0, 1, 0, 1]) followers.push(await follower(instance));
  await Promise.all(buyers);

  // Each instance knows its own commits at once.
  const events = await Promise.all(service.apps.map(({ live }) => live.get(eventId)));
  const last = Math.max(...events.map(({ version }) => version));
  for (const { listener, start, version: read, map } of followers) {
    const heard = () => listener.heard('seats-changed').at(-1)?.version ?? start;
    await eventually(() => expect(heard()).toBe(last));
    let at = start;
    for (const [packet, changes] of listener.heard('seats-changed').entries()) {
      // No gap, and no step back. The first packet may tell what the socket read already.
      expect(changes.from).toBeLessThanOrEqual(at);
      expect(changes.version).toBeGreaterThan(packet === 0 ? at - 1 : at);
      at = changes.version;
      if (changes.version <= read) continue;
      for (const [index, code] of changes.seats) map[index as number] = code as number;
    }
    expect(map).toEqual(await truth(eventId));
    expect(listener.heard('seat-locked')).toEqual([]);
  }
});

test('the seats of one sale are one packet for batches, and two packets a seat for the others', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
  const [batch, plain] = [await joined(0, eventId, true), await joined(0, eventId, false)];
  const { version, layout } = await service.app.live.get(eventId);
  await sell(eventId, seatIds.slice(0, 3));
  await batch.hears('seats-changed', { version: version + 1 });
  expect(batch.heard('seats-changed')).toEqual([
    {
      eventId,
      from: version,
      version: version + 1,
      layout: layout.number,
      seats: expect.toSatisfy((seats: unknown[]) => seats.length === 3),
      stock: [],
    },
  ]);
  await eventually(() => expect(plain.heard('seat-selected')).toHaveLength(3));
  expect(plain.heard('seat-locked').map(({ seatId }) => seatId)).toEqual(
    expect.arrayContaining(seatIds.slice(0, 3)),
  );
  for (const { eventVersion } of plain.heard('seat-locked')) expect(eventVersion).toBe(version + 1);
  expect(plain.heard('seats-changed')).toEqual([]);
});

test('a socket may change between batches and single packets, and both see what others consider', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
  const [changing, other] = [await joined(0, eventId, false), await joined(1, eventId, true)];
  await changing.send('join-seat-selection', { eventId, batch: true });
  expect(await changing.send('seat-selection-changed', { eventId, seats: seatIds })).toEqual({ ok: true });
  await other.hears('seat-update', { userId: changing.userId, seats: seatIds });
  await sell(eventId, seatIds.slice(0, 1), 1);
  await changing.hears('seats-changed', { eventId });
  expect(changing.heard('seat-locked')).toEqual([]);
  await changing.send('join-seat-selection', { eventId });
  await sell(eventId, seatIds.slice(1), 1);
  await changing.hears('seat-selected', { seatId: seatIds[1] as string });
  await eventually(() => expect(other.heard('seats-changed')).toHaveLength(2));
  expect(changing.heard('seats-changed')).toHaveLength(1);
});

test('news that were lost between instances reach every kind of subscriber within two seconds', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 2, stock: [10] });
  const [seatId] = seatIds as [string];
  const [batch, plain, page] = [
    await joined(1, eventId, true),
    await joined(1, eventId, false),
    await connect(1),
  ];
  await page.send('join-event', { eventId });
  loseNews();
  await sell(eventId, [seatId]);
  const { status } = await apiOf(service, 0).buy(eventId, [
    { ticketTypeId: ticketTypeIds[0] as string, quantity: 4 },
  ]);
  expect(status).toBe(201);
  const { version } = await service.app.live.get(eventId);
  await Promise.all([
    batch.hears('seats-changed', { version }, HEALED),
    plain.hears('seat-selected', { seatId, status: 'locked' }, HEALED),
    page.hears('ticket-updated', { availableQuantity: 6, eventVersion: version }, HEALED),
  ]);
});

test('after a change of the layout batches are told to start anew, and the others of each seat that differs', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 5 });
  const [sold, renamed] = seatIds as [string, string];
  const [batch, plain] = [await joined(1, eventId, true), await joined(1, eventId, false)];
  loseNews();
  await sell(eventId, [sold]);
  await sql`UPDATE seats SET seat_label = 'Z-1' WHERE id = ${renamed}`.execute(service.db);
  await eventually(() => expect(batch.heard('seats-reset')).toHaveLength(1), { timeout: HEALED });
  const { version, layout } = await service.app.live.get(eventId);
  expect(batch.heard('seats-reset')).toEqual([{ eventId, version, layout: layout.number }]);
  await eventually(() => expect(plain.heard('seat-selected')).toHaveLength(1));
  expect(plain.heard('seat-locked')).toMatchObject([{ seatId: sold, status: 'locked', version: 1 }]);
});

test('an event is watched while a socket is in one of its rooms, and no longer', async () => {
  const { eventId } = await service.seedEvent({ seats: 1 });
  let watches = 0;
  const watch = service.app.live.watch.bind(service.app.live);
  vi.spyOn(service.app.live, 'watch').mockImplementation(async (...args) => {
    const { event, release } = await watch(...args);
    watches++;
    return {
      event,
      release: () => {
        watches--;
        release();
      },
    };
  });
  const [batch, plain, page] = [
    await joined(0, eventId, true),
    await joined(0, eventId, false),
    await connect(0),
  ];
  const another = await joined(0, eventId, true);
  await page.send('join-event', { eventId });
  expect(watches).toBe(3);
  another.socket.disconnect();
  await plain.send('leave-seat-selection', { eventId });
  await page.send('leave-event', { eventId });
  await eventually(() => expect(watches).toBe(1));
  // It disconnects in the middle of a join.
  page.socket.emit('join-event', { eventId });
  page.socket.disconnect();
  batch.socket.disconnect();
  await eventually(() => expect(watches).toBe(0));
});

test('while PostgreSQL is away existing clients join all the same, and hear of changes when it is back', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const [plain, batch] = [await connect(0), await connect(0)];
  vi.spyOn(service.app.live, 'watch')
    .mockRejectedValueOnce(new UnavailableError('PostgreSQL is away'))
    .mockRejectedValueOnce(new UnavailableError('PostgreSQL is away'));
  expect(await plain.send('join-seat-selection', { eventId })).toEqual({ ok: true });
  const refused = { ok: false, code: 'SERVICE_UNAVAILABLE' };
  expect(await batch.send('join-seat-selection', { eventId, batch: true })).toMatchObject(refused);
  const selection = { eventId, seats: [randomUUID()] };
  expect(await batch.send('seat-selection-changed', selection)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await plain.send('seat-selection-changed', selection)).toEqual({ ok: true });
  await eventually(() => expect(service.app.live.watch).toHaveBeenCalledTimes(3));
  await sell(eventId, seatIds);
  await plain.hears('seat-selected', { seatId: seatIds[0] as string });
});
