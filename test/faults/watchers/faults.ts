import { setTimeout as sleep } from 'node:timers/promises';
import type { Backends } from '../harness/backends.ts';
import type { FaultWindow } from '../harness/findings.ts';
import type { Instance } from '../harness/instance.ts';
import type { Stage } from './stage.ts';

interface Scene {
  instances: Instance[];
  redis: Backends['redis'];
  stage: Stage;
}

interface Fault extends Pick<FaultWindow, 'name' | 'breaks'> {
  /** ms after the first sale. */
  after: number;
  run(): Promise<void>;
}

/** The time until a load balancer notices. */
const NOTICED_AFTER_MS = 300;
const AWAY_MS = 2_000;
const REDIS_AWAY_MS = 10_000;

function faultsOf({ instances, redis, stage }: Scene): Fault[] {
  return [
    {
      name: 'kill -9 of instance 0',
      breaks: [0],
      after: 10_000,
      async run() {
        await instances[0]?.kill();
        await sleep(NOTICED_AFTER_MS);
        stage.down(0);
        await sleep(AWAY_MS);
        await instances[0]?.start();
        stage.up(0);
      },
    },
    {
      name: 'Redis stopped, back empty',
      breaks: [],
      after: 25_000,
      async run() {
        await redis.end();
        await sleep(REDIS_AWAY_MS);
        await redis.start();
      },
    },
    { name: 'Redis flushed', breaks: [], after: 47_000, run: () => redis.flush() },
  ];
}

/** Kills an instance, and takes Redis away and its memory. */
export async function runFaults(scene: Scene, note: (line: string) => void): Promise<FaultWindow[]> {
  const start = Date.now();
  const windows: FaultWindow[] = [];
  for (const { name, breaks, after, run } of faultsOf(scene)) {
    await sleep(Math.max(0, start + after - Date.now()));
    note(name);
    const from = Date.now();
    await run();
    windows.push({ name, breaks, unavailable: false, from, to: Date.now() });
  }
  return windows;
}
