import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  DAY,
  DEFAULTS,
  MINUTE,
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

describe('a lobby', () => {
  const lotteryOf = (eventId: string) =>
    stores.db.selectFrom('queue_lotteries').selectAll().where('event_id', '=', eventId).executeTakeFirst();
  const draw = (eventId: string, at: Date) =>
    stores.db
      .updateTable('queue_lotteries')
      .set({ drawn_at: at, entries: 1, user_ids: Buffer.alloc(16) })
      .where('event_id', '=', eventId)
      .execute();
  const startAt = (eventId: string, at: number) =>
    stores.db
      .updateTable('events')
      .set({ sale_start_date: new Date(at) })
      .where('id', '=', eventId)
      .execute();

  test('opens its minutes before the sale starts, and follows an event that is put off', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent({ saleStartsIn: 1 });
    await one.store.change(eventId, { lobbyMinutes: 30 });
    const { startsAt = 0 } = one.store.of(eventId);
    expect(Math.abs(startsAt - Date.now() - DAY)).toBeLessThan(MINUTE);
    const times = { startsAt, lobbyOpensAt: startsAt - 30 * MINUTE };
    expect(one.store.of(eventId)).toEqual({ ...DEFAULTS, ...times });
    await within(1_000, () => expect(other.store.of(eventId)).toEqual({ ...DEFAULTS, ...times }));

    await startAt(eventId, startsAt + DAY);
    for (const { store } of [one, other])
      await within(1_000, () =>
        expect(store.of(eventId)).toMatchObject({
          startsAt: startsAt + DAY,
          lobbyOpensAt: startsAt + DAY - 30 * MINUTE,
        }),
      );
    await other.store.change(eventId, { lobbyMinutes: null });
    await within(1_000, () => expect(one.store.of(eventId)).toEqual(DEFAULTS));
  });

  test('has a seed with a known hash from the beginning, and keeps it until the draw', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent({ saleStartsIn: 1 });
    await one.store.change(eventId, { threshold: 3 });
    expect(await lotteryOf(eventId)).toBeUndefined();
    await Promise.all([one, other].map(({ store }) => store.change(eventId, { lobbyMinutes: 10 })));
    const first = await lotteryOf(eventId);
    expect(first?.seed).toHaveLength(32);
    expect(first).toMatchObject({
      seed_hash: createHash('sha256')
        .update(first?.seed as Buffer)
        .digest('hex'),
      drawn_at: null,
      entries: null,
      user_ids: null,
    });
    await other.store.change(eventId, { lobbyMinutes: 20 });
    await other.store.change(eventId, { lobbyMinutes: null });
    await one.store.change(eventId, { lobbyMinutes: 20 });
    expect(await lotteryOf(eventId)).toEqual(first);
    await one.store.change(await stores.newEvent({ saleStartsIn: 1 }), { lobbyMinutes: 10 });
    const seeds = await stores.db.selectFrom('queue_lotteries').select('seed_hash').distinct().execute();
    expect(seeds.length).toBe(
      (await stores.db.selectFrom('queue_lotteries').select('event_id').execute()).length,
    );
  });

  test('that was drawn has ended: an event put off has none until it is set again, with another seed', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent({ saleStartsIn: 1 });
    await one.store.change(eventId, { lobbyMinutes: 10 });
    const first = await lotteryOf(eventId);
    await startAt(eventId, Date.now() - 1_000);
    await draw(eventId, new Date());
    for (const { store } of [one, other])
      await within(1_000, () => {
        expect(store.of(eventId).startsAt).toBeLessThan(Date.now());
        expect(store.of(eventId).drawn).toBe(true);
      });

    await startAt(eventId, Date.now() + DAY);
    for (const { store } of [one, other])
      await within(1_000, () => expect(store.of(eventId)).toEqual({ ...DEFAULTS, drawn: true }));
    await one.store.change(eventId, { threshold: 9 });
    expect((await lotteryOf(eventId))?.seed).toEqual(first?.seed);
    await one.store.change(eventId, { lobbyMinutes: 10 });
    const again = await lotteryOf(eventId);
    expect(again).toMatchObject({ drawn_at: null, entries: null, user_ids: null });
    expect(again?.seed).not.toEqual(first?.seed);
    await within(1_000, () => {
      expect(other.store.of(eventId).startsAt).toBeGreaterThan(Date.now());
      expect(other.store.of(eventId).drawn).toBe(false);
    });
  });

  test('is refused once the sale has begun, and then no setting changes', async () => {
    const { store, heard } = await stores.startInstance();
    const eventId = await stores.newEvent({ saleStartsIn: -1 });
    await expect(store.change(eventId, { threshold: 1, lobbyMinutes: 5 })).rejects.toMatchObject({
      code: 'LOBBY_TOO_LATE',
    });
    await expect(store.change(randomUUID(), { lobbyMinutes: 5 })).rejects.toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
    expect([store.of(eventId), heard, await lotteryOf(eventId)]).toEqual([DEFAULTS, [], undefined]);
    await store.change(eventId, { lobbyMinutes: null });
  });

  test("cannot be drawn in part, nor have a hash that is not its seed's", async () => {
    const { store } = await stores.startInstance();
    const eventId = await stores.newEvent({ saleStartsIn: 1 });
    await store.change(eventId, { lobbyMinutes: 10 });
    const set = (part: ReturnType<typeof sql>) =>
      sql`UPDATE queue_lotteries SET ${part} WHERE event_id = ${eventId}`.execute(stores.db);
    await expect(set(sql`drawn_at = now()`)).rejects.toThrow(/check constraint/);
    await expect(set(sql`drawn_at = now(), entries = 2, user_ids = '\\x00'`)).rejects.toThrow(
      /check constraint/,
    );
    await expect(set(sql`seed = '\\x00'`)).rejects.toThrow(/check constraint/);
    await expect(set(sql`seed_hash = 'abc'`)).rejects.toThrow(/can only be updated to DEFAULT/);
  });
});
