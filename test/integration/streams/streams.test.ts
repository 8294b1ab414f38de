import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STATUS_CODES } from '../../../src/live/types.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { type Message, openEventStream, openWebSocket, upgradeAnswer } from '../../support/streams.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { MAX_SEATS_PER_USER: '10' } });
});
afterAll(() => service.stop());

const urlOf = (eventId: string, instance = 0) =>
  `${service.origins[instance % service.origins.length]}/api/v1/live/${eventId}`;

/** The seats of an event as PostgreSQL has them, by the codes of their status. */
async function codesOf(eventId: string): Promise<number[]> {
  const seats = await service.db
    .selectFrom('seats')
    .select('status')
    .where('event_id', '=', eventId)
    .orderBy('section')
    .orderBy('row_number')
    .orderBy('seat_number')
    .orderBy('id')
    .execute();
  return seats.map(({ status }) => STATUS_CODES[status]);
}

async function versionOf(eventId: string): Promise<number> {
  const { version } = await service.db
    .selectFrom('event_seats')
    .select('version')
    .where('event_id', '=', eventId)
    .executeTakeFirstOrThrow();
  return Number(version);
}

/** What a client knows by messages alone: no change may begin later than the one before it ended. */
class Follower {
  readonly codes: number[];
  version = 0;
  steps = 0;

  constructor(seats: number) {
    this.codes = Array<number>(seats).fill(STATUS_CODES.available);
  }

  take(message: Message): void {
    if (message.type === 'version' && this.version === 0) this.version = message.version;
    if (message.type !== 'changes') {
      expect(message.version).toBe(this.version);
      return;
    }
    // It may begin earlier: a subscriber joins in the middle of a tick.
    expect(message.from).toBeLessThanOrEqual(this.version);
    expect(message.version).toBeGreaterThan(this.version);
    this.version = message.version;
    this.steps++;
    for (const [index, code] of message.seats as [number, number][]) this.codes[index] = code;
  }
}

/** Connects again and again, to one instance after the other, and takes a few messages each time. */
async function followInPieces(
  follower: Follower,
  isOver: () => boolean,
  open: (instance: number, since: number | undefined) => ReturnType<typeof openWebSocket>,
): Promise<void> {
  for (let instance = 0; !isOver(); instance++) {
    const client = await open(instance, follower.version || undefined);
    const wanted = 1 + (instance % 3);
    let taken = 0;
    while (!isOver() && taken < wanted) {
      for (const message of client.messages.slice(taken)) follower.take(message);
      taken = client.messages.length;
      await sleep(2);
    }
    client.close();
  }
}

describe('a client that connects again and again while two instances sell', () => {
  test.each([
    [
      'Server-Sent Events',
      (eventId: string) => (instance: number, since: number | undefined) =>
        openEventStream(
          urlOf(eventId, instance),
          since === undefined ? {} : { 'last-event-id': String(since) },
        ),
    ],
    [
      'a WebSocket',
      (eventId: string) => (instance: number, since: number | undefined) =>
        openWebSocket(`${urlOf(eventId, instance)}${since === undefined ? '' : `?since=${since}`}`),
    ],
  ] as const)('misses no version, and hears of none twice: %s', async (_kind, openOn) => {
    const { eventId } = await service.seedEvent({ seats: 200 });
    const follower = new Follower(200);
    let isOver = false;
    const open = openOn(eventId) as Parameters<typeof followInPieces>[2];
    const followed = followInPieces(follower, () => isOver, open);
    await eventually(() => expect(follower.version).toBeGreaterThan(0));
    const sellers = [0, 1, 2, 3].map(async (seller) => {
      const api = apiOf(service, seller);
      for (let sale = 0; sale < 15; sale++) {
        const userId = randomUUID();
        const { status, body } = await api.best({ eventId, quantity: 1 + (sale % 4) }, userId);
        expect(status).toBe(201);
        if (sale % 3 === 0) expect((await api.cancel(body.reservation.id, userId)).status).toBe(200);
        await sleep(5);
      }
    });
    await Promise.all(sellers);
    const version = await versionOf(eventId);
    await eventually(() => expect(follower.version).toBe(version));
    isOver = true;
    await followed;
    expect(follower.codes).toEqual(await codesOf(eventId));
    // Some of it by changes, and not by whole pictures alone. On a busy machine one message carries many.
    expect(follower.steps).toBeGreaterThan(1);
  });
});

test('a sale on one instance is told by the other, with the stock', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const client = await openEventStream(urlOf(eventId, 1));
  await eventually(() => expect(client.messages).toHaveLength(1));
  const { status } = await apiOf(service, 0).buy(eventId, [{ ticketTypeId, quantity: 3 }]);
  expect(status).toBe(201);
  await eventually(() => expect(client.messages).toHaveLength(2));
  expect(client.messages[1]).toMatchObject({
    type: 'changes',
    version: (client.messages[0] as Message).version + 1,
    seats: [],
    stock: [{ ticketTypeId, availableQuantity: 7, totalQuantity: 10 }],
  });
  client.close();
});

describe('a client that can not resume', () => {
  test('after changes that nobody knows any more, or from a version that does not exist, starts anew', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const before = await versionOf(eventId);
    expect((await apiOf(service).reserve(eventId, seatIds.slice(0, 1))).status).toBe(201);
    await service.db.deleteFrom('event_changes').where('event_id', '=', eventId).execute();
    const version = await versionOf(eventId);
    for (const since of [before, version + 1_000]) {
      // The other instance did not see the sale.
      const client = await openEventStream(`${urlOf(eventId, 1)}?since=${since}`);
      await eventually(() => expect(client.messages).toMatchObject([{ type: 'reset', version }]));
      client.close();
    }
  });

  test('because seats were added starts anew, and so do all who are connected', async () => {
    const { eventId } = await service.seedEvent({ seats: 4 });
    const clients = await Promise.all([openEventStream(urlOf(eventId)), openWebSocket(urlOf(eventId, 1))]);
    await eventually(() => expect(clients.map(({ messages }) => messages.length)).toEqual([1, 1]));
    const [{ layout, version }] = clients[0].messages as [Message];
    const seat = { section: 'B', row_number: 1, seat_number: 1, seat_label: 'B-1-1', price: 10_000 };
    await service.db
      .insertInto('seats')
      .values({ id: randomUUID(), event_id: eventId, ...seat })
      .execute();
    for (const { messages, close } of clients) {
      await eventually(() => expect(messages.at(-1)?.type).toBe('reset'));
      expect(messages.at(-1)?.layout).toBeGreaterThan(layout);
      close();
    }
    const late = await openEventStream(`${urlOf(eventId)}?since=${version}`);
    await eventually(() => expect(late.messages).toMatchObject([{ type: 'reset' }]));
    late.close();
  });
});

describe('the origin of a page', () => {
  const own = 'http://localhost:3000';
  const other = 'https://elsewhere.example';

  test('is told as on every public route for Server-Sent Events', async () => {
    const { eventId } = await service.seedEvent({ seats: 1 });
    for (const [origin, allowed] of [
      [own, own],
      [other, undefined],
    ] as const) {
      const client = await openEventStream(urlOf(eventId), { origin });
      expect([client.status, client.headers['access-control-allow-origin']]).toEqual([200, allowed]);
      expect(client.headers.vary).toContain('Origin');
      client.close();
    }
  });

  test('does not matter to a WebSocket: what it says is public', async () => {
    const { eventId } = await service.seedEvent({ seats: 1 });
    expect((await upgradeAnswer(urlOf(eventId), { origin: other })).status).toBe(101);
  });
});

test('an upgrade of the same address to anything else is answered as a plain request', async () => {
  const { eventId } = await service.seedEvent({ seats: 1 });
  const client = await openEventStream(urlOf(eventId), {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
  });
  expect([client.status, client.headers['content-type']]).toEqual([200, 'text/event-stream']);
  client.close();
});
