import { randomUUID } from 'node:crypto';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { untilLockWaiters } from '../../../support/locks.ts';
import { eventually } from '../../../support/wait.ts';
import {
  DAY,
  type Instance,
  MINUTE,
  type SettingsStores,
  startSettingsStores,
} from '../../../support/waiting-room/settings-stores.ts';

let stores: SettingsStores;
beforeAll(async () => {
  stores = await startSettingsStores();
});
afterEach(() => stores.stopInstances());
afterAll(() => stores.stop());

describe('the snapshot of a room', () => {
  const stored = async (eventId: string) =>
    (await stores.db.selectFrom('queue_rooms').selectAll().where('event_id', '=', eventId).executeTakeFirst())
      ?.kept;

  test('is known to an instance that starts later, and changes no settings', async () => {
    const one = await stores.startInstance();
    const eventId = await stores.newEvent();
    const room = {
      born: Date.now() - MINUTE,
      kept: Date.now(),
      seq: 2_000_000_000_000,
      inside: 3,
      line: true,
      ttl: 300_000,
    };
    one.snapshots.note(eventId, room);
    expect(one.snapshots.of(eventId)).toEqual(room);
    await eventually(async () => expect(await stored(eventId)).toBe(room.kept));
    const later = await stores.startInstance();
    expect(later.snapshots.of(eventId)).toEqual(room);
    expect([later.snapshots.of(randomUUID()), later.heard, one.heard]).toEqual([undefined, [], []]);
  });

  test('is written every five seconds at most, whichever instance writes it', async () => {
    const [one, other] = await stores.startTwo();
    const eventId = await stores.newEvent();
    const start = Date.now();
    /** Notes it together with a room that is due in any case. Returns when that room is written. */
    const note = async ({ snapshots }: Instance, kept: number, born = 1) => {
      const marker = await stores.newEvent();
      snapshots.note(eventId, { born, kept, seq: 1, inside: 1, line: false, ttl: 300_000 });
      snapshots.note(marker, { born, kept, seq: 1, inside: 1, line: false, ttl: 300_000 });
      await eventually(async () => expect(await stored(marker)).toBe(kept));
    };
    await note(one, start);
    expect(await stored(eventId)).toBe(start);
    await note(one, start + 4_999);
    await note(other, start + 4_999);
    expect(await stored(eventId)).toBe(start);
    await note(one, start + 5_000);
    expect(await stored(eventId)).toBe(start + 5_000);
    // A Redis that came up elsewhere has a clock of its own.
    await note(other, start - MINUTE, 2);
    expect(await stored(eventId)).toBe(start - MINUTE);
  });

  test('of days ago is ignored, and a deleted event does not keep the others from being written', async () => {
    const one = await stores.startInstance();
    const [eventId, old, gone] = [await stores.newEvent(), await stores.newEvent(), randomUUID()];
    const now = Date.now();
    one.snapshots.note(gone, { born: 1, kept: now, seq: 1, inside: 1, line: false, ttl: 300_000 });
    one.snapshots.note(old, { born: 1, kept: now - 3 * DAY, seq: 1, inside: 1, line: false, ttl: 300_000 });
    one.snapshots.note(eventId, { born: 1, kept: now, seq: 1, inside: 1, line: false, ttl: 300_000 });
    await eventually(async () => expect(await stored(eventId)).toBe(now));
    const later = await stores.startInstance();
    expect(later.snapshots.of(old)).toBeUndefined();
    expect(later.snapshots.of(eventId)).toBeDefined();
  });

  test('that is noted while an older one is being written is written next', async () => {
    const one = await stores.startInstance();
    const eventId = await stores.newEvent();
    const [first, second] = [Date.now(), Date.now() + 5_000];
    const room = { born: 1, seq: 1, inside: 1, ttl: 300_000 };
    await stores.db.transaction().execute(async (trx) => {
      await sql`LOCK TABLE queue_rooms IN EXCLUSIVE MODE`.execute(trx);
      one.snapshots.note(eventId, { ...room, kept: first, line: true });
      await untilLockWaiters(stores.db, 1, 'queue_rooms');
      one.snapshots.note(eventId, { ...room, kept: second, line: false });
    });
    await eventually(async () => expect(await stored(eventId)).toBe(second));
  });

  test('is written as soon as that is possible again; the log says once that it fails, and once that it works', async () => {
    let tries = 0;
    const counting: KyselyPlugin = {
      transformQuery({ node }) {
        if (node.kind === 'RawNode' && node.sqlFragments[0]?.includes('INSERT INTO queue_rooms')) tries++;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const one = await stores.startInstance({ plugin: counting });
    const eventId = await stores.newEvent();
    const kept = Date.now();
    const lines = () => one.log.map(({ level, msg }) => [level, msg]);
    const fails = [40, 'the snapshots of the waiting rooms are not written until PostgreSQL is back'];
    const works = [30, 'the snapshots of the waiting rooms are written again'];
    await sql`ALTER TABLE queue_rooms RENAME TO queue_rooms_away`.execute(stores.db);
    try {
      one.snapshots.note(eventId, { born: 1, kept, seq: 1, inside: 1, line: false, ttl: 300_000 });
      await eventually(() => expect(lines()).toEqual([fails]));
      await eventually(() => expect(tries).toBeGreaterThanOrEqual(3));
      expect(lines()).toEqual([fails]);
    } finally {
      await sql`ALTER TABLE queue_rooms_away RENAME TO queue_rooms`.execute(stores.db);
    }
    await eventually(async () => expect(await stored(eventId)).toBe(kept));
    await eventually(() => expect(lines()).toEqual([fails, works]));
  });
});
