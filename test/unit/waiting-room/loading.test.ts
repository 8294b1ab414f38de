import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import { RoomSnapshots } from '../../../src/waiting-room/recovery/room-snapshots.ts';
import { RoomSettingsStore } from '../../../src/waiting-room/settings/room-settings.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Every table is empty. */
const db: Db = new Kysely({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (on) => new PostgresIntrospector(on),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const log = pino({ level: 'silent' });

test.each([
  ['room settings', new RoomSettingsStore(db, { threshold: 1, waitingTtlSeconds: 300 }, log)],
  ['room snapshots', new RoomSnapshots(db, log)],
])(
  '%s start no timer while they are loaded, because another part may still fail to start',
  async (_, store) => {
    await store.load();
    expect(vi.getTimerCount()).toBe(0);
    store.start();
    expect(vi.getTimerCount()).toBe(1);
    await store.stop();
    expect(vi.getTimerCount()).toBe(0);
  },
);
