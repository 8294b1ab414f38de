import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../../../src/database/database.ts';
import type { Ends } from '../../bench/ends.ts';
import { seedEvent } from '../../support/events.ts';
import { startBackends, startInstances } from '../harness/backends.ts';
import type { Violation } from '../harness/findings.ts';
import { check } from './checks/checker.ts';
import { now } from './connections.ts';
import { startCrowd } from './crowd.ts';
import { runFaults } from './faults.ts';
import type { History } from './history.ts';
import { toReport, waitingAt } from './report.ts';
import * as settings from './settings.ts';

/** The time over which the last requests of the people who still wait are spread. */
const ROLL_CALL_MS = 3_000;

/**
 * Sends 20,000 buyers into the waiting room of one event, on three instances. Two of the instances are killed, Redis loses everything
 * in the middle, its master is demoted, and PostgreSQL switches over. Every request is recorded, and in the end a checker looks for
 * violations.
 *
 * @returns whether the checker found no violation
 */
export async function runQueue(
  ends: Ends,
  note: (line: string) => void,
  options: { history?: string | undefined; outage?: boolean },
): Promise<boolean> {
  note(`starting PostgreSQL, Redis and ${settings.INSTANCES} instances`);
  const backends = await startBackends(ends);
  const instances = await startInstances(ends, backends, settings.INSTANCES, {
    QUEUE_THRESHOLD: String(settings.THRESHOLD),
    QUEUE_TTL_SECONDS: String(settings.TTL_SECONDS),
    QUEUE_TICK_MS: String(settings.TICK_MS),
    QUEUE_REFORM_SECONDS: String(settings.REFORM_SECONDS),
  });
  const ports = instances.map(({ port }) => port);
  const db = createDatabase({ ...backends.postgres.connection, ssl: 'off', poolSize: 1 }, () => undefined);
  const { eventId } = await seedEvent(db, { stock: [100] });
  await db.destroy();

  note(`${settings.BUYERS} buyers arrive`);
  const crowd = startCrowd(
    ends,
    { eventId, ports, secret: backends.secret },
    {
      buyers: settings.BUYERS,
      listeners: settings.LISTENERS,
      threshold: settings.THRESHOLD,
      arriveWithinMs: settings.ARRIVE_WITHIN_MS,
    },
  );
  const { history, room } = crowd;
  const start = now();
  const { postgres, redis } = backends;
  await runFaults({ instances, postgres, redis, room, history, start }, options.outage ?? false, note);
  while (!crowd.isOver && now() < start + settings.END_AFTER_MS) await sleep(100);
  note('everybody asks once more');
  await crowd.end(ROLL_CALL_MS);
  note('checking');
  if (options.history) writeFileSync(options.history, JSON.stringify(history));
  const violations = [...check(history), ...checkScale(history)];
  process.stdout.write(`\n${toReport(history, violations)}\n`);
  return violations.length === 0;
}

/** A fault that hits a short line proves nothing. */
function checkScale(history: History): Violation[] {
  return history.faults
    .filter((fault) => waitingAt(history, fault) < settings.WAITING_AT_LEAST)
    .map(({ name }) => ({
      rule: 'each fault hits a long line',
      detail: `${name}: fewer than ${settings.WAITING_AT_LEAST} waited`,
    }));
}
