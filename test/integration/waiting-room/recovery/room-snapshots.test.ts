import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  DAY,
  type Instance,
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
    };
    one.snapshots.note(eventId, room);
    expect(one.snapshots.of(eventId)).toEqual(room);
    await within(1_000, async () => expect(await stored(eventId)).toBe(room.kept));
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
      snapshots.note(eventId, { born, kept, seq: 1, inside: 1, line: false });
      snapshots.note(marker, { born, kept, seq: 1, inside: 1, line: false });
      await within(1_000, async () => expect(await stored(marker)).toBe(kept));
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
    one.snapshots.note(gone, { born: 1, kept: now, seq: 1, inside: 1, line: false });
    one.snapshots.note(old, { born: 1, kept: now - 3 * DAY, seq: 1, inside: 1, line: false });
    one.snapshots.note(eventId, { born: 1, kept: now, seq: 1, inside: 1, line: false });
    await within(1_000, async () => expect(await stored(eventId)).toBe(now));
    const later = await stores.startInstance();
    expect(later.snapshots.of(old)).toBeUndefined();
    expect(later.snapshots.of(eventId)).toBeDefined();
  });
});
