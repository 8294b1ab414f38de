import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LiveEvents } from '../../../src/live/live-events.ts';
import type { EventChanges, LiveEvent } from '../../../src/live/types.ts';
import type { BetweenInstances } from '../../../src/realtime/types.ts';
import { apiOf } from '../../support/http.ts';
import { expectTrue } from '../../support/live-state.ts';
import { canBreakRedis } from '../../support/redis/redis.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

/** Two seconds, and as long again for a machine that stands still meanwhile. */
const HEALED = { timeout: 4_000 };

let service: Service;
beforeAll(async () => {
  service = await startService({ instances: 2, ownRedis: canBreakRedis() });
});
afterAll(() => service.stop());

async function reserve(eventId: string, seatIds: string[], instance = 0): Promise<void> {
  const { status } = await apiOf(service, instance).reserve(eventId, seatIds);
  expect(status).toBe(201);
}

const liveOf = (instance: number) => (service.apps[instance] as Service['app']).live;

/** Watches an event on the second instance until the test ends. */
const releases: (() => void)[] = [];
async function watchThere(eventId: string): Promise<LiveEvent> {
  const { event, release } = await liveOf(1).watch(eventId);
  releases.push(release);
  return event;
}
afterEach(() => {
  for (const release of releases.splice(0)) release();
});

/** For what must happen without the comparisons of every second. */
const preventComparisons = (instance: number) =>
  vi.spyOn(liveOf(instance) as LiveEvents, 'compare').mockResolvedValue();

type News = Parameters<BetweenInstances['changed']>;

/** Keeps the news from the second instance. */
function intercept() {
  const { sockets } = (service.apps[1] as Service['app']).io;
  const listeners = sockets.listeners('changed') as BetweenInstances['changed'][];
  const held: News[] = [];
  sockets.removeAllListeners('changed');
  sockets.on('changed', (...news) => void held.push(news));
  return {
    held,
    /** From now on they arrive again. */
    end() {
      sockets.removeAllListeners('changed');
      for (const listener of listeners) sockets.on('changed', listener);
    },
    deliver: (news: News[]) => {
      for (const each of news) for (const listener of listeners) listener(...each);
    },
  };
}

test('an event in memory shows a sale in the very next answer, and on other instances by their news', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 4, stock: [10] });
  const here = await liveOf(0).get(eventId);
  const there = await watchThere(eventId);
  const { version } = here;
  const compare = preventComparisons(1);
  await reserve(eventId, seatIds.slice(0, 2));
  expect((await liveOf(0).get(eventId)).version).toBe(version + 1);
  expect([...here.statuses]).toEqual([1, 1, 0, 0]);
  await expectTrue(service.db, here);
  await eventually(() => expect(there.version).toBe(version + 1));
  compare.mockRestore();
  await expectTrue(service.db, there);
});

test('readers of the same event share one load, and an unknown event is refused', async () => {
  const { eventId } = await service.seedEvent({ seats: 4 });
  const events = await Promise.all([1, 2, 3].map(() => liveOf(0).get(eventId)));
  expect(new Set(events).size).toBe(1);
  await expect(liveOf(0).get(crypto.randomUUID())).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND' });
});

test('what an operator changes by SQL is seen within two seconds', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 3, stock: [10] });
  const event = await watchThere(eventId);
  const resets = vi.fn();
  liveOf(1).onReset(resets);
  await sql`UPDATE ticket_types SET total_quantity = 12 WHERE id = ${ticketTypeIds[0]}`.execute(service.db);
  await eventually(
    () => expect(event.stock.get(ticketTypeIds[0] as string)?.availableQuantity).toBe(12),
    HEALED,
  );
  expect(resets).not.toHaveBeenCalled();
  await sql`UPDATE seats SET seat_label = 'Z-1' WHERE id = ${seatIds[0]}`.execute(service.db);
  await eventually(() => expect(event.layout.labels).toContain('Z-1'), HEALED);
  expect(resets).toHaveBeenCalledWith(event);
  await expectTrue(service.db, event);
});

describe('news that', () => {
  test('are lost are read from PostgreSQL within two seconds', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const event = await watchThere(eventId);
    const before = event.version;
    const news = intercept();
    await reserve(eventId, seatIds.slice(0, 2));
    await eventually(() => expect(event.version).toBe(before + 1), HEALED);
    news.end();
    await expectTrue(service.db, event);
  });

  test('come out of order or twice are applied in order and once', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 6 });
    const event = await watchThere(eventId);
    const steps: EventChanges[] = [];
    liveOf(1).onChanges((changed, changes) => changed === event && steps.push(changes));
    const { version } = event;
    const news = intercept();
    const compare = preventComparisons(1);
    for (const seatId of seatIds) await reserve(eventId, [seatId]);
    await eventually(() => expect(news.held).toHaveLength(seatIds.length));
    const [first, second, ...rest] = news.held as [News, News, ...News[]];
    news.deliver([second, ...rest.toReversed()]);
    expect(event.version).toBe(version);
    news.deliver([first, second, ...rest]);
    news.end();
    compare.mockRestore();
    expect(steps.map(({ from }) => from)).toEqual(seatIds.map((_, index) => version + index));
    await expectTrue(service.db, event);
  });

  test('are missing before others are read a moment later', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
    const event = await watchThere(eventId);
    const { version } = event;
    const news = intercept();
    const compare = preventComparisons(1);
    for (const seatId of seatIds) await reserve(eventId, [seatId]);
    await eventually(() => expect(news.held).toHaveLength(seatIds.length));
    news.deliver(news.held.slice(1));
    expect(event.version).toBe(version);
    await eventually(() => expect(event.version).toBe(version + 3));
    news.end();
    compare.mockRestore();
    await expectTrue(service.db, event);
  });

  test('are missing before a commit of this instance are read for the very next answer', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    await liveOf(1).get(eventId);
    const news = intercept();
    await reserve(eventId, seatIds.slice(0, 1), 0);
    await reserve(eventId, seatIds.slice(1), 1);
    expect([...(await liveOf(1).get(eventId)).statuses]).toEqual([1, 1]);
    news.end();
  });
});

describe('changes since a version', () => {
  test('come from memory or from PostgreSQL, and not after they are forgotten', async () => {
    const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 4, stock: [5] });
    const { version, layout } = await liveOf(0).get(eventId);
    await reserve(eventId, [seatIds[1] as string]);
    await apiOf(service).buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 2 }]);
    const stock = [{ ticketTypeId: ticketTypeIds[0], availableQuantity: 3, totalQuantity: 5 }];
    const since = { eventId, version: version + 2, layout: layout.number, stock };
    const both = { ...since, from: version, seats: [[1, 1]] };
    expect(await liveOf(0).changesSince(eventId, version)).toEqual(both);
    // The other instance reads the event only now.
    expect(await liveOf(1).changesSince(eventId, version)).toEqual(both);
    expect(await liveOf(1).changesSince(eventId, version + 1)).toEqual({
      ...since,
      from: version + 1,
      seats: [],
    });
    expect(await liveOf(1).changesSince(eventId, version + 2)).toMatchObject({
      from: version + 2,
      seats: [],
      stock: [],
    });
    await sql`DELETE FROM event_changes WHERE event_id = ${eventId}`.execute(service.db);
    expect(await liveOf(1).changesSince(eventId, version)).toBeUndefined();
    expect(await liveOf(0).changesSince(eventId, version)).toEqual(both);
    expect(
      await liveOf(0).changesSince(eventId, version + 9),
      'a version that does not exist',
    ).toBeUndefined();
    await sql`UPDATE seats SET price = 1 WHERE id = ${seatIds[0]}`.execute(service.db);
    await eventually(
      async () => expect(await liveOf(0).changesSince(eventId, version)).toBeUndefined(),
      HEALED,
    );
  });

  test('are gone if one in the middle is, or if the layout has changed since', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const { version } = await liveOf(0).get(eventId);
    for (const seatId of seatIds) await reserve(eventId, [seatId]);
    await sql`DELETE FROM event_changes WHERE event_id = ${eventId} AND version = ${version + 2}`.execute(
      service.db,
    );
    expect(await liveOf(1).changesSince(eventId, version)).toBeUndefined();
    expect(await liveOf(1).changesSince(eventId, version + 2)).toMatchObject({ version: version + 4 });
    await sql`UPDATE seats SET price = 1 WHERE id = ${seatIds[0]}`.execute(service.db);
    await eventually(async () => expect((await liveOf(1).get(eventId)).version).toBe(version + 5), HEALED);
    expect(await liveOf(1).changesSince(eventId, version + 3)).toBeUndefined();
  });

  test('of a tick come as one', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
    const { version } = await liveOf(0).get(eventId);
    const ticks: EventChanges[] = [];
    liveOf(0).onTick((event, changes) => event.eventId === eventId && ticks.push(changes));
    const { event } = { event: await liveOf(0).get(eventId) };
    const changed = (at: number) => ({
      eventId,
      from: version + at,
      version: version + at + 1,
      availableSeats: 2,
      seats: [
        {
          seatId: seatIds[0] as string,
          status: at === 2 ? ('reserved' as const) : ('locked' as const),
          version: at,
        },
      ],
      stock: [],
    });
    // One within the tick would find that PostgreSQL has none of these versions, and start the event anew.
    const compare = preventComparisons(0);
    liveOf(0).publish([changed(0), changed(1), changed(2)]);
    await eventually(() => expect(ticks).toHaveLength(1));
    compare.mockRestore();
    expect(ticks).toEqual([
      {
        eventId,
        from: version,
        version: version + 3,
        layout: event.layout.number,
        seats: [[0, 2]],
        stock: [],
      },
    ]);
  });
});

test.runIf(canBreakRedis())(
  'without Redis, instances learn of sales from PostgreSQL within two seconds',
  async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const event = await watchThere(eventId);
    const { version } = event;
    await service.redis.stop();
    try {
      await reserve(eventId, seatIds.slice(0, 2));
      await eventually(() => expect(event.version).toBe(version + 1), HEALED);
      await expectTrue(service.db, event);
    } finally {
      await service.redis.start();
    }
  },
);

test.runIf(canBreakRedis())(
  'an instance whose subscription was lost compares its events as soon as it hears the others again',
  async () => {
    const { announcements } = service.apps[1] as Service['app'];
    const compare = vi.spyOn(liveOf(1) as LiveEvents, 'compare');
    const heard = new Promise<number>((resolve) => {
      const before = () => resolve(compare.mock.calls.length);
      announcements.onHearing(before);
    });
    await service.redis.client.client('KILL', 'TYPE', 'PUBSUB');
    expect(await heard).toBeGreaterThan(0);
    compare.mockRestore();
  },
);
