import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../harness/backends.ts';
import type { FaultWindow } from '../harness/findings.ts';
import type { Cancellation } from './evidence.ts';
import { cancelHalf } from './interrupted-cancellation.ts';
import type { Load } from './load.ts';

interface Fault extends Pick<FaultWindow, 'name' | 'unavailable' | 'breaks'> {
  /** Breaks a part and brings it back. */
  run(): Promise<void>;
  /** The time until the next fault. */
  calmMs?: number;
}

const WARM_UP_MS = 2_000;
/** The time between two faults. Longer than the grace after one, so that lasting damage is seen. */
const CALM_MS = 5_500;
const AWAY_MS = 2_000;
/** How long an address leads to the old server after a switchover: until a name's time to live is over. */
const LATE_MS = 2_000;

interface Plan {
  load: Load;
  cancellations: Cancellation[];
  note(line: string): void;
}

function faultsOf(bed: Bed, { load, cancellations, note }: Plan): Fault[] {
  const { instances, postgres, redis } = bed;
  const killed = (number: number): Fault => ({
    name: `kill -9 of instance ${number}`,
    unavailable: false,
    breaks: [number],
    async run() {
      await instances[number]?.kill();
      await sleep(AWAY_MS);
      await instances[number]?.start();
    },
  });
  const restarted = (name: string, signal: 'SIGQUIT' | 'SIGINT', awayMs: number): Fault => ({
    name,
    unavailable: true,
    breaks: [],
    async run() {
      await postgres.end(signal);
      await sleep(awayMs);
      await postgres.start();
    },
  });
  const selling = { unavailable: false, breaks: [] };
  return [
    killed(0),
    restarted('PostgreSQL crashes (immediate)', 'SIGQUIT', 500),
    restarted('PostgreSQL restarts (fast)', 'SIGINT', AWAY_MS),
    {
      name: 'PostgreSQL switches over, connections to the old primary stay',
      unavailable: true,
      breaks: [],
      run: () => postgres.switchOver(LATE_MS),
    },
    {
      name: 'PostgreSQL turns read-only and back, connections stay',
      unavailable: true,
      breaks: [],
      run: () => postgres.turnReadOnly(LATE_MS),
    },
    {
      name: 'Redis stopped',
      ...selling,
      async run() {
        await redis.end();
        await sleep(2 * AWAY_MS);
        await redis.start();
      },
    },
    { name: 'Redis flushed', ...selling, run: () => redis.flush() },
    {
      name: 'an event is cancelled, kill -9 of the instance that does it',
      unavailable: false,
      breaks: [0, 1],
      async run() {
        // With one instance it is known which one does it.
        await instances[1]?.kill();
        const interrupted = await cancelHalf(bed, 0);
        cancellations.push(interrupted.cancellation);
        note(`  killed after ${interrupted.done} of ${interrupted.live} reservations`);
        await Promise.all(instances.map((instance) => instance.start()));
      },
    },
    {
      name: 'a third of the clients hang up',
      ...selling,
      async run() {
        load.dropping(0.33);
        await sleep(8_000);
        load.dropping(0);
      },
    },
    {
      name: 'hang-ups, PostgreSQL crash and kill -9',
      unavailable: true,
      breaks: [1],
      async run() {
        load.dropping(0.2);
        await Promise.all([postgres.end('SIGQUIT'), instances[1]?.kill()]);
        await sleep(500);
        await postgres.start();
        await instances[1]?.start();
        load.dropping(0);
      },
    },
    {
      name: 'Redis master demoted, connections to it stay',
      ...selling,
      // The last one, because news count again 5 s after a fault, and the sales from then on prove that they arrive.
      calmMs: 7_000,
      run: () => redis.demote(LATE_MS / 2),
    },
  ];
}

/** Runs one fault after the other. Each has ended before the next begins. */
export async function runFaults(bed: Bed, plan: Plan): Promise<FaultWindow[]> {
  const windows: FaultWindow[] = [];
  await sleep(WARM_UP_MS);
  for (const { name, unavailable, breaks, run, calmMs = CALM_MS } of faultsOf(bed, plan)) {
    plan.note(name);
    const from = Date.now();
    await run();
    windows.push({ name, unavailable, breaks, from, to: Date.now() });
    await sleep(calmMs);
  }
  return windows;
}
