import { createHash, randomUUID } from 'node:crypto';
import { type KyselyPlugin, sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Db } from '../../../../src/database/database.ts';
import { RoomSettingsStore } from '../../../../src/waiting-room/settings/room-settings.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/database.ts';
import { seedEvent } from '../../../support/events.ts';
import { hold } from '../../../support/locks.ts';
import { startProxy, type TcpProxy } from '../../../support/proxy.ts';
import { eventually } from '../../../support/wait.ts';

const DEFAULTS = {
  threshold: 1_000,
  drainPerSecond: undefined,
  paused: false,
  lobbyOpensAt: undefined,
  startsAt: undefined,
  drawn: false,
  clearedAt: undefined,
};
const MINUTE = 60_000;
const DAY = 86_400_000;

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
});
afterAll(() => database.drop());

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

interface Instance {
  store: RoomSettingsStore;
  /** Events whose settings changed, as the listener heard of them. */
  heard: string[];
  log: { level: number; msg: string }[];
}

/** What one instance has of it: a store with connections of its own. */
async function startInstance({
  port = database.settings.port,
  plugin,
}: {
  port?: number;
  plugin?: KyselyPlugin;
} = {}): Promise<Instance> {
  const log: Instance['log'] = [];
  const own = createDatabase({ ...database.settings, port, poolSize: 4 }, () => undefined);
  undo.push(() => own.destroy());
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const store = new RoomSettingsStore(
    plugin ? own.withPlugin(plugin) : own,
    { threshold: DEFAULTS.threshold },
    logger,
  );
  const heard: string[] = [];
  await store.start();
  store.onChange((eventId) => heard.push(eventId));
  undo.push(() => store.stop());
  return { store, heard, log };
}

/** Lets PostgreSQL answer, and keeps the answer back, as a network or a busy process may. */
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

const startTwo = async () => [await startInstance(), await startInstance()] as const;
const newEvent = async (seed?: Parameters<typeof seedEvent>[1]) => (await seedEvent(db, seed)).eventId;
const within = (ms: number, check: () => void | Promise<void>) => eventually(check, { timeout: ms });

describe('settings', () => {
  test('are the defaults, where nobody has said anything', async () => {
    const { store } = await startInstance();
    expect(store.of(randomUUID())).toEqual(DEFAULTS);
  });

  test('hold at once where they are changed, within a second on another instance, and on one that starts', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent();
    await one.store.change(eventId, { threshold: 5, drainPerSecond: 0.5 });
    const changed = { ...DEFAULTS, threshold: 5, drainPerSecond: 0.5 };
    expect(one.store.of(eventId)).toEqual(changed);
    await within(1_000, () => expect(other.store.of(eventId)).toEqual(changed));
    expect((await startInstance()).store.of(eventId)).toEqual(changed);
    expect([one.heard, other.heard]).toEqual([[eventId], [eventId]]);
  });

  test('that are left out stay, and null is the default again', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent();
    await one.store.change(eventId, { threshold: 0, paused: true });
    await within(1_000, () => expect(other.store.of(eventId).paused).toBe(true));
    await other.store.change(eventId, { drainPerSecond: 10 });
    await within(1_000, () =>
      expect(one.store.of(eventId)).toEqual({ ...DEFAULTS, threshold: 0, paused: true, drainPerSecond: 10 }),
    );
    await one.store.change(eventId, { threshold: null, drainPerSecond: null, paused: false });
    await within(1_000, () => expect(other.store.of(eventId)).toEqual(DEFAULTS));
    expect(one.heard).toEqual([eventId, eventId, eventId]);
  });

  test('do not go back where they were changed while they were read', async () => {
    const late = holdAnswers();
    const [one, other] = [await startInstance({ plugin: late.plugin }), await startInstance()];
    const [eventId, marker] = [await newEvent(), await newEvent()];
    await one.store.change(eventId, { threshold: 1 });
    const held = await late.holdNext();
    await one.store.change(eventId, { threshold: 2 });
    one.heard.length = 0;
    await other.store.change(marker, { threshold: 1 });
    held.release();
    await within(1_000, () => expect(one.heard).toContain(marker));
    expect([one.heard, one.store.of(eventId).threshold]).toEqual([[marker], 2]);
  });

  test('are seen on all instances alike, whoever was last', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent();
    const both = [one.store, other.store];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        both[index % 2]?.change(eventId, { threshold: index, drainPerSecond: index + 1 }),
      ),
    );
    const { threshold, drain_per_second, version } = await db
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

  test('that are committed late are seen nevertheless', async () => {
    const [one, other] = await startTwo();
    const [late, marker] = [await newEvent(), await newEvent()];
    const commit = await hold(db, (trx) =>
      trx.insertInto('queue_settings').values({ event_id: late, threshold: 7 }).execute(),
    );
    // Each of these was read after the other's time, and before its commit.
    for (let threshold = 1; threshold < 5; threshold++) {
      await one.store.change(marker, { threshold });
      await within(1_000, () => expect(other.store.of(marker).threshold).toBe(threshold));
    }
    expect(other.store.of(late)).toEqual(DEFAULTS);
    await commit();
    await within(1_000, () => expect(other.store.of(late).threshold).toBe(7));
  });

  test('that nobody may set are refused by the database', async () => {
    const { store } = await startInstance();
    const eventId = await newEvent({ saleStartsIn: 1 });
    for (const patch of [
      { threshold: -1 },
      { threshold: 10_000_001 },
      { drainPerSecond: 0 },
      { drainPerSecond: 1_000_001 },
      { lobbyMinutes: 0 },
      { lobbyMinutes: 1_441 },
    ])
      await expect(store.change(eventId, patch)).rejects.toThrow(/violates check constraint/);
    expect(store.of(eventId)).toEqual(DEFAULTS);
    expect(await db.selectFrom('queue_lotteries').where('event_id', '=', eventId).execute()).toEqual([]);
  });

  test('what was cleared later stays cleared, on all instances', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent();
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

describe('a lobby', () => {
  const lotteryOf = (eventId: string) =>
    db.selectFrom('queue_lotteries').selectAll().where('event_id', '=', eventId).executeTakeFirst();
  const draw = (eventId: string, at: Date) =>
    db
      .updateTable('queue_lotteries')
      .set({ drawn_at: at, entries: 1, user_ids: Buffer.alloc(16) })
      .where('event_id', '=', eventId)
      .execute();
  const startAt = (eventId: string, at: number) =>
    db
      .updateTable('events')
      .set({ sale_start_date: new Date(at) })
      .where('id', '=', eventId)
      .execute();

  test('opens so long before the sale starts, and follows an event that is put off', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent({ saleStartsIn: 1 });
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

  test('has a seed from the beginning, whose hash is known, and keeps it until the draw', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent({ saleStartsIn: 1 });
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
    await one.store.change(await newEvent({ saleStartsIn: 1 }), { lobbyMinutes: 10 });
    const seeds = await db.selectFrom('queue_lotteries').select('seed_hash').distinct().execute();
    expect(seeds.length).toBe((await db.selectFrom('queue_lotteries').select('event_id').execute()).length);
  });

  test('that was drawn is over: put off, the event has none until it is set again, with another seed', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent({ saleStartsIn: 1 });
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

  test('comes too late when the sale has begun, and then nothing is changed', async () => {
    const { store, heard } = await startInstance();
    const eventId = await newEvent({ saleStartsIn: -1 });
    await expect(store.change(eventId, { threshold: 1, lobbyMinutes: 5 })).rejects.toMatchObject({
      code: 'LOBBY_TOO_LATE',
    });
    await expect(store.change(randomUUID(), { lobbyMinutes: 5 })).rejects.toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
    expect([store.of(eventId), heard, await lotteryOf(eventId)]).toEqual([DEFAULTS, [], undefined]);
    await store.change(eventId, { lobbyMinutes: null });
  });

  test("can not be drawn by halves, nor with a hash that is not its seed's", async () => {
    const { store } = await startInstance();
    const eventId = await newEvent({ saleStartsIn: 1 });
    await store.change(eventId, { lobbyMinutes: 10 });
    const set = (part: ReturnType<typeof sql>) =>
      sql`UPDATE queue_lotteries SET ${part} WHERE event_id = ${eventId}`.execute(db);
    await expect(set(sql`drawn_at = now()`)).rejects.toThrow(/check constraint/);
    await expect(set(sql`drawn_at = now(), entries = 2, user_ids = '\\x00'`)).rejects.toThrow(
      /check constraint/,
    );
    await expect(set(sql`seed = '\\x00'`)).rejects.toThrow(/check constraint/);
    await expect(set(sql`seed_hash = 'abc'`)).rejects.toThrow(/can only be updated to DEFAULT/);
  });
});

describe('while PostgreSQL is away', () => {
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await startProxy(database.settings);
  });
  afterAll(() => proxy.close());

  test.each(['cut', 'stall'] as const)(
    '(%s) what was known stays, the log says so once, and afterwards all is read that was missed',
    async (fault) => {
      const [cutOff, other] = [await startInstance({ port: proxy.port }), await startInstance()];
      const [known, missed] = [await newEvent(), await newEvent()];
      await cutOff.store.change(known, { threshold: 2 });
      cutOff.log.length = 0;
      const said = (level: number) => cutOff.log.filter((line) => line.level === level);
      const [INFO, WARN] = [30, 40];

      await proxy[fault]();
      try {
        const refused = expect(cutOff.store.change(known, { threshold: 4 })).rejects.toThrow();
        cutOff.store.noteSeen(known, { born: 1, kept: Date.now(), seq: 9, inside: 2, line: true });
        await eventually(() => expect(said(WARN)).toHaveLength(1), { timeout: 15_000 });
        await refused;
        await other.store.change(known, { threshold: 3 });
        await other.store.change(missed, { threshold: 1 });
        // As if it had been long ago: what was missed is found by no time at all.
        await sql`UPDATE queue_settings SET updated_at = now() - interval '1 hour'`.execute(db);
        expect(cutOff.store.of(known)).toEqual({ ...DEFAULTS, threshold: 2 });
        expect(cutOff.store.of(missed)).toEqual(DEFAULTS);
        expect(cutOff.store.lastSeen(known)?.seq).toBe(9);
      } finally {
        await (fault === 'cut' ? proxy.restore() : proxy.resume());
      }
      await eventually(() => expect(said(INFO)).toHaveLength(1), { timeout: 15_000 });
      expect(cutOff.store.of(known).threshold).toBe(3);
      expect(cutOff.store.of(missed).threshold).toBe(1);
      expect(said(WARN)).toHaveLength(1);
    },
    60_000,
  );

  test('an instance does not start: it does not know who may go in', async () => {
    await proxy.cut();
    try {
      await expect(startInstance({ port: proxy.port })).rejects.toThrow();
    } finally {
      await proxy.restore();
    }
  });
});

describe('what was seen of a room', () => {
  const stored = async (eventId: string) =>
    (await db.selectFrom('queue_rooms').selectAll().where('event_id', '=', eventId).executeTakeFirst())?.kept;

  test('is known to an instance that starts later, and changes no settings', async () => {
    const one = await startInstance();
    const eventId = await newEvent();
    const room = {
      born: Date.now() - MINUTE,
      kept: Date.now(),
      seq: 2_000_000_000_000,
      inside: 3,
      line: true,
    };
    one.store.noteSeen(eventId, room);
    expect(one.store.lastSeen(eventId)).toEqual(room);
    await within(1_000, async () => expect(await stored(eventId)).toBe(room.kept));
    const later = await startInstance();
    expect(later.store.lastSeen(eventId)).toEqual(room);
    expect([later.store.lastSeen(randomUUID()), later.heard, one.heard]).toEqual([undefined, [], []]);
  });

  test('is written every five seconds at most, by whichever instance', async () => {
    const [one, other] = await startTwo();
    const eventId = await newEvent();
    const start = Date.now();
    /** Notes it together with a room that is due in any case; returns when that one is written. */
    const note = async ({ store }: Instance, kept: number, born = 1) => {
      const marker = await newEvent();
      store.noteSeen(eventId, { born, kept, seq: 1, inside: 1, line: false });
      store.noteSeen(marker, { born, kept, seq: 1, inside: 1, line: false });
      await within(1_000, async () => expect(await stored(marker)).toBe(kept));
    };
    await note(one, start);
    expect(await stored(eventId)).toBe(start);
    await note(one, start + 4_999);
    await note(other, start + 4_999);
    expect(await stored(eventId)).toBe(start);
    await note(one, start + 5_000);
    expect(await stored(eventId)).toBe(start + 5_000);
    // A Redis that came up elsewhere, with a clock of its own.
    await note(other, start - MINUTE, 2);
    expect(await stored(eventId)).toBe(start - MINUTE);
  });

  test('long ago is of no use, and an event that is gone keeps no other from being written', async () => {
    const one = await startInstance();
    const [eventId, old, gone] = [await newEvent(), await newEvent(), randomUUID()];
    const now = Date.now();
    one.store.noteSeen(gone, { born: 1, kept: now, seq: 1, inside: 1, line: false });
    one.store.noteSeen(old, { born: 1, kept: now - 3 * DAY, seq: 1, inside: 1, line: false });
    one.store.noteSeen(eventId, { born: 1, kept: now, seq: 1, inside: 1, line: false });
    await within(1_000, async () => expect(await stored(eventId)).toBe(now));
    const later = await startInstance();
    expect(later.store.lastSeen(old)).toBeUndefined();
    expect(later.store.lastSeen(eventId)).toBeDefined();
  });
});
