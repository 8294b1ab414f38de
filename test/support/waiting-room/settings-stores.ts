import type { KyselyPlugin } from 'kysely';
import { pino } from 'pino';
import { createDatabase } from '../../../src/database/database.ts';
import { RoomSnapshots } from '../../../src/waiting-room/recovery/room-snapshots.ts';
import { RoomSettingsStore } from '../../../src/waiting-room/settings/room-settings.ts';
import { createTestDatabase } from '../database.ts';
import { seedEvent } from '../events.ts';
import { eventually } from '../wait.ts';

/** The room settings of an event without any of its own. */
export const DEFAULTS = {
  threshold: 1_000,
  drainPerSecond: undefined,
  paused: false,
  waitingTtlSeconds: 300,
  lobbyOpensAt: undefined,
  startsAt: undefined,
  drawn: false,
  clearedAt: undefined,
};
export const MINUTE = 60_000;
export const DAY = 86_400_000;

export interface Instance {
  store: RoomSettingsStore;
  snapshots: RoomSnapshots;
  /** The events whose settings changed, in the order in which the listener heard of them. */
  heard: string[];
  log: { level: number; msg: string }[];
}

export type SettingsStores = Awaited<ReturnType<typeof startSettingsStores>>;

/** A PostgreSQL, and the settings stores of any number of instances on it. */
export async function startSettingsStores() {
  const database = await createTestDatabase();
  const { db, settings: connection } = database;
  const stops: (() => Promise<void>)[] = [];

  /** One instance: its stores with connections of their own. */
  async function startInstance({
    port = connection.port,
    plugin,
  }: {
    port?: number;
    plugin?: KyselyPlugin;
  } = {}): Promise<Instance> {
    const log: Instance['log'] = [];
    const own = createDatabase({ ...connection, port, poolSize: 4 }, () => undefined);
    stops.push(() => own.destroy());
    const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });
    const through = plugin ? own.withPlugin(plugin) : own;
    const store = new RoomSettingsStore(through, DEFAULTS, logger);
    const snapshots = new RoomSnapshots(through, logger);
    const heard: string[] = [];
    await store.load();
    await snapshots.load();
    store.start();
    snapshots.start();
    store.onChange((eventId) => heard.push(eventId));
    stops.push(() => store.stop());
    stops.push(() => snapshots.stop());
    return { store, snapshots, heard, log };
  }

  return {
    db,
    connection,
    startInstance,
    startTwo: async () => [await startInstance(), await startInstance()] as const,
    newEvent: async (seed?: Parameters<typeof seedEvent>[1]) => (await seedEvent(db, seed)).eventId,
    /** Stops all instances. */
    async stopInstances() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
    stop: () => database.drop(),
  };
}

/** PostgreSQL or this process may stand still meanwhile. */
const STANDSTILL_MS = 2_000;

export const within = (ms: number, check: () => void | Promise<void>) =>
  eventually(check, { timeout: ms + STANDSTILL_MS });
