import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../../src/database/database.ts';
import type { Ends } from '../bench/ends.ts';
import type { FaultWindow } from '../faults/harness/findings.ts';
import { closeConnections, sign } from '../faults/harness/http-client.ts';
import type { Connection } from '../faults/harness/postgres-server.ts';
import { checkSales } from '../faults/sales/checks/checker.ts';
import { takeDump } from '../faults/sales/database-dump.ts';
import { startListeners } from '../faults/sales/listeners.ts';
import { type Stage, startLoad } from '../faults/sales/load.ts';
import { check as checkRoom } from '../faults/waiting-room/checks/checker.ts';
import { now } from '../faults/waiting-room/connections.ts';
import { startCrowd } from '../faults/waiting-room/crowd.ts';
import { seedEvent } from '../support/events.ts';
import { eventually } from '../support/wait.ts';
import { toReport } from './report.ts';
import type { Scenario } from './scenario.ts';

/** People inside at once, each for 2 s on average: 10 of them come and go in a second. */
const THRESHOLD = 20;
/** The line lasts for a minute, longer than the faults of a scenario. */
const CROWD = { buyers: 600, listeners: 40, threshold: THRESHOLD, arriveWithinMs: 6_000 };
/** About 100 requests a second. With a pause between them, two cores answer in time. */
const BUYERS = { clients: 12, pauseMs: 100 };
const WARM_UP_MS = 4_000;
/** Longer than the grace after a fault, so that lasting damage is seen. */
const CALM_MS = 6_500;
const ROLL_CALL_MS = 1_500;

/**
 * Builds a topology, sells and fills a waiting room on it, breaks it, and lets the checkers of `npm run test:faults` judge what the
 * clients recorded.
 *
 * @returns whether the checkers found no violation
 */
export async function runScenario(
  name: string,
  { build }: Scenario,
  ends: Ends,
  note: (line: string) => void,
): Promise<boolean> {
  note(`${name}: starting servers and instances`);
  const { instances, secret, primary, faults } = await build(ends);
  const ports = instances.map(({ port }) => port);
  const { events, roomId } = await seedSale(primary());
  for (const port of ports) await knowsThreshold(port, roomId, secret);
  ends.add(closeConnections);
  const up = new Set(ports.keys());
  const stage: Stage = { ports, secret, events, up };
  const listeners = startListeners(stage);
  ends.add(() => listeners.stop());
  const load = startLoad(stage, BUYERS);
  const crowd = startCrowd(ends, { eventId: roomId, ports, secret }, CROWD);
  const scene = {
    roomId,
    down(instance: number) {
      up.delete(instance);
      crowd.room.down(instance);
    },
    up(instance: number) {
      up.add(instance);
      crowd.room.up(instance);
    },
  };

  const windows: FaultWindow[] = [];
  await sleep(WARM_UP_MS);
  for (const { refuses, locksForMs, losesPlaces, run, ...fault } of faults) {
    note(fault.name);
    const from = Date.now();
    const roomFrom = now();
    await run(scene);
    windows.push({
      ...fault,
      unavailable: refuses.includes('sales'),
      ...(locksForMs && { lockedUntil: from + locksForMs }),
      from,
      to: Date.now(),
    });
    crowd.history.faults.push({
      ...fault,
      ...{ unavailable: refuses.includes('places'), loses: losesPlaces, from: roomFrom, to: now() },
    });
    await sleep(CALM_MS);
  }
  note('the load ends');
  await Promise.all([load.stop(), crowd.end(ROLL_CALL_MS)]);
  listeners.stop();
  const dump = await takeDump(primary());
  const { news, presences } = listeners;
  const evidence = {
    history: load.history,
    windows,
    dump,
    news,
    presences,
    cancellations: [],
    deliveries: [],
  };
  const violations = [...checkSales(evidence), ...checkRoom(crowd.history)];
  process.stdout.write(`\n${toReport(name, evidence, crowd.history, violations)}\n\n`);
  return violations.length === 0;
}

/** Two small events, so that buyers compete, and one with a waiting room. */
async function seedSale(primary: Connection): Promise<Pick<Stage, 'events'> & { roomId: string }> {
  const db = createDatabase({ ...primary, ssl: 'off', poolSize: 1 }, () => undefined);
  try {
    const events: Stage['events'] = [];
    for (const [seats, stock] of [
      [120, [80, 40]],
      [300, [200, 150]],
    ] as const) {
      const { eventId, seatIds, ticketTypeIds } = await seedEvent(db, { seats, stock: [...stock] });
      events.push({ id: eventId, seats: seatIds, ticketTypes: ticketTypeIds });
    }
    const { eventId: roomId } = await seedEvent(db, { stock: [100] });
    await db.insertInto('queue_settings').values({ event_id: roomId, threshold: THRESHOLD }).execute();
    return { events, roomId };
  } finally {
    await db.destroy();
  }
}

/** Instances look at the settings of their rooms once a second. */
async function knowsThreshold(port: number, roomId: string, secret: string): Promise<void> {
  const authorization = `Bearer ${sign(secret, randomUUID(), 'user')}`;
  await eventually(
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/queue/status/${roomId}`, {
        headers: { authorization },
      });
      const { threshold } = (await answer.json()) as { threshold?: number };
      if (threshold !== THRESHOLD) throw new Error(`the threshold on port ${port} is ${threshold}`);
    },
    { timeout: 10_000, interval: 100 },
  );
}
