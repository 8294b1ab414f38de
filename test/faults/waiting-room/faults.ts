import { setTimeout as sleep } from 'node:timers/promises';
import type { Backends } from '../harness/backends.ts';
import type { Instance } from '../harness/instance.ts';
import { now } from './connections.ts';
import type { History, RoomFault } from './history.ts';
import type { Room } from './room-client.ts';
import { INSTANCES } from './settings.ts';

interface Scene {
  instances: Instance[];
  postgres: Backends['postgres'];
  redis: Backends['redis'];
  room: Room;
  history: History;
  start: number;
}

interface Fault extends Pick<RoomFault, 'name' | 'breaks' | 'loses' | 'unavailable'> {
  run(): Promise<void>;
}

/** When the faults begin, in ms after the first buyer. */
const BEGIN_AFTER_MS = [14_000, 24_000, 34_000, 44_000, 54_000];
/** The time until a load balancer notices. */
const NOTICED_AFTER_MS = 300;
const AWAY_MS = 1_500;
/** How long an address leads to the old server after a failover. */
const LATE_MS = 1_000;

function killed({ instances, room }: Scene, number: number): Fault {
  return {
    name: `kill -9 of instance ${number}`,
    ...{ breaks: [number], loses: false, unavailable: false },
    async run() {
      await instances[number]?.kill();
      await sleep(NOTICED_AFTER_MS);
      room.down(number);
      await sleep(AWAY_MS);
      await instances[number]?.start();
      room.up(number);
    },
  };
}

/** It is empty when it is back. */
const restarted = ({ redis }: Scene): Fault => ({
  name: 'Redis stops and restarts empty',
  ...{ breaks: [], loses: true, unavailable: true },
  async run() {
    await redis.end();
    await sleep(AWAY_MS);
    await redis.start();
  },
});

const flushed = ({ redis }: Scene): Fault => ({
  name: 'Redis is flushed',
  ...{ breaks: [], loses: true, unavailable: false },
  run: () => redis.flush(),
});

/** Replication is asynchronous, so the last few writes are lost, and what follows is as after any loss. */
const demoted = ({ redis }: Scene): Fault => ({
  name: 'Redis master demoted, connections to it stay',
  ...{ breaks: [], loses: true, unavailable: true },
  run: () => redis.demote(LATE_MS),
});

/** Places are told all the time: a waiting room keeps what it needs of PostgreSQL in memory. */
const switchedOver = ({ postgres }: Scene): Fault => ({
  name: 'PostgreSQL switches over, connections to the old primary stay',
  ...{ breaks: [], loses: false, unavailable: false },
  run: () => postgres.switchOver(LATE_MS),
});

/**
 * Kills two instances, lets Redis lose everything, demotes its master, and switches PostgreSQL over, in any order.
 *
 * @param outage whether Redis is away for a moment too
 */
export async function runFaults(scene: Scene, outage: boolean, note: (line: string) => void): Promise<void> {
  const first = Math.floor(Math.random() * INSTANCES);
  const faults: Fault[] = [
    killed(scene, first),
    killed(scene, (first + 1) % INSTANCES),
    outage ? restarted(scene) : flushed(scene),
    demoted(scene),
    switchedOver(scene),
  ];
  for (const [index, { run, ...fault }] of shuffled(faults).entries()) {
    await sleep(Math.max(0, scene.start + (BEGIN_AFTER_MS[index] ?? 0) - now()));
    note(fault.name);
    const from = now();
    await run();
    scene.history.faults.push({ ...fault, from, to: now() });
  }
}

function shuffled<T>(list: T[]): T[] {
  return list
    .map((each) => ({ each, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}
