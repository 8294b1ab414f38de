import { randomUUID } from 'node:crypto';
import type { KyselyPlugin } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hold } from '../../../support/locks.ts';
import {
  DEFAULTS,
  type SettingsStores,
  startSettingsStores,
  within,
} from '../../../support/waiting-room/settings-stores.ts';

let stores: SettingsStores;
beforeAll(async () => {
  stores = await startSettingsStores();
});
afterEach(() => stores.stopInstances());
afterAll(() => stores.stop());

/** Lets PostgreSQL answer and keeps the answer back, as a slow network or a busy process does. */
function holdAnswers() {
  let next: PromiseWithResolvers<{ release(): void }> | undefined;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      const held = next;
      next = undefined;
      if (held) await new Promise<void>((release) => held.resolve({ release }));
      return result;
    },
  };
  return {
    plugin,
    /** @returns when an answer is kept back */
    holdNext() {
      next = Promise.withResolvers();
      return next.promise;
    },
  };
}

describe('settings', () => {
  test('are the defaults of an event without its own', async () => {
    const { store } = await stores.startInstance();
    expect(store.of(randomUUID())).toEqual(DEFAULTS);
  });

  test('hold at once on the instance that changes them, within a second on another one, and on one that starts', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent();
    await one.store.change(eventId, { threshold: 5, drainPerSecond: 0.5 });
    const changed = { ...DEFAULTS, threshold: 5, drainPerSecond: 0.5 };
    expect(one.store.of(eventId)).toEqual(changed);
    await within(1_000, () => expect(other.store.of(eventId)).toEqual(changed));
    expect((await stores.startInstance()).store.of(eventId)).toEqual(changed);
    expect([one.heard, other.heard]).toEqual([[eventId], [eventId]]);
  });

  test('that are left out stay, and null restores the default', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent();
    await one.store.change(eventId, { threshold: 0, paused: true, waitingTtlSeconds: 7_200 });
    await within(1_000, () => expect(other.store.of(eventId).paused).toBe(true));
    await other.store.change(eventId, { drainPerSecond: 10 });
    await within(1_000, () =>
      expect(one.store.of(eventId)).toEqual({
        ...DEFAULTS,
        threshold: 0,
        paused: true,
        drainPerSecond: 10,
        waitingTtlSeconds: 7_200,
      }),
    );
    await one.store.change(eventId, {
      threshold: null,
      drainPerSecond: null,
      paused: false,
      waitingTtlSeconds: null,
    });
    await within(1_000, () => expect(other.store.of(eventId)).toEqual(DEFAULTS));
    expect(one.heard).toEqual([eventId, eventId, eventId]);
  });

  test('do not go back when they change while they are being read', async () => {
    const late = holdAnswers();
    const [one, other] = [await stores.startInstance({ plugin: late.plugin }), await stores.startInstance()];
    const [eventId, marker] = [await stores.newEvent(), await stores.newEvent()];
    await one.store.change(eventId, { threshold: 1 });
    const held = await late.holdNext();
    await one.store.change(eventId, { threshold: 2 });
    one.heard.length = 0;
    await other.store.change(marker, { threshold: 1 });
    held.release();
    await within(1_000, () => expect(one.heard).toContain(marker));
    expect([one.heard, one.store.of(eventId).threshold]).toEqual([[marker], 2]);
  });

  test('are the same on all instances, whichever changed them last', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent();
    const both = [one.store, other.store];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        both[index % 2]?.change(eventId, { threshold: index, drainPerSecond: index + 1 }),
      ),
    );
    const { threshold, drain_per_second, version } = await stores.db
      .selectFrom('queue_settings')
      .selectAll()
      .where('event_id', '=', eventId)
      .executeTakeFirstOrThrow();
    expect(version).toBe(20);
    for (const store of both)
      await within(1_000, () =>
        expect(store.of(eventId)).toMatchObject({ threshold, drainPerSecond: drain_per_second }),
      );
  });

  test('that are committed late are read too', async () => {
    const [one, other] = await stores.startTwo();
    const [late, marker] = [await stores.newEvent(), await stores.newEvent()];
    const commit = await hold(stores.db, (trx) =>
      trx.insertInto('queue_settings').values({ event_id: late, threshold: 7 }).execute(),
    );
    // Each of these is read after the late change was written, and before it is committed.
    for (let threshold = 1; threshold < 5; threshold++) {
      await one.store.change(marker, { threshold });
      await within(1_000, () => expect(other.store.of(marker).threshold).toBe(threshold));
    }
    expect(other.store.of(late)).toEqual(DEFAULTS);
    await commit();
    await within(1_000, () => expect(other.store.of(late).threshold).toBe(7));
  });

  test('out of range are refused by the database', async () => {
    const { store } = await stores.startInstance();
    const eventId = await stores.newEvent({ saleStartsIn: 1 });
    for (const patch of [
      { threshold: -1 },
      { threshold: 10_000_001 },
      { drainPerSecond: 0 },
      { drainPerSecond: 1_000_001 },
      { lobbyMinutes: 0 },
      { lobbyMinutes: 1_441 },
      { waitingTtlSeconds: 59 },
      { waitingTtlSeconds: 7_201 },
    ])
      await expect(store.change(eventId, patch)).rejects.toThrow(/violates check constraint/);
    expect(store.of(eventId)).toEqual(DEFAULTS);
    expect(await stores.db.selectFrom('queue_lotteries').where('event_id', '=', eventId).execute()).toEqual(
      [],
    );
  });

  test('keep the latest time of a clear, on all instances', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent();
    await one.store.change(eventId, { threshold: 3 });
    const cleared = Date.now();
    await one.store.noteCleared(eventId, cleared);
    expect(one.store.of(eventId)).toEqual({ ...DEFAULTS, threshold: 3, clearedAt: cleared });
    await within(1_000, () => expect(other.store.of(eventId).clearedAt).toBe(cleared));
    await other.store.noteCleared(eventId, cleared - 1);
    expect(other.store.of(eventId).clearedAt).toBe(cleared);
    await other.store.noteCleared(eventId, cleared + 1);
    await within(1_000, () => expect(one.store.of(eventId).clearedAt).toBe(cleared + 1));
  });
});
