import { setTimeout as sleep } from 'node:timers/promises';
import type { Ends } from '../../bench/ends.ts';
import { type Bed, makeBed } from '../harness/backends.ts';
import { closeConnections } from '../harness/http-client.ts';
import { check } from './checks/checker.ts';
import { takeDump } from './database-dump.ts';
import type { Cancellation } from './evidence.ts';
import { runFaults } from './faults.ts';
import { startListeners } from './listeners.ts';
import { startLoad } from './load.ts';
import { organizerOf } from './organizer.ts';
import { startReceiver } from './receiver.ts';
import { toReport } from './report.ts';

/** Time for the last holds to expire, and for everything to be delivered. */
const SETTLED_WITHIN_MS = 45_000;

/**
 * Puts two instances under load and breaks what they depend on, one part after the other. Clients record every answer, sockets
 * what they hear, and another system the webhooks. In the end a checker compares all of it with the database.
 *
 * @returns whether the checker found no violation
 */
export async function runSales(ends: Ends, note: (line: string) => void): Promise<boolean> {
  note('starting PostgreSQL, Redis and two instances');
  const bed = await makeBed(ends);
  ends.add(closeConnections);
  const listeners = startListeners(bed.stage);
  ends.add(() => listeners.stop());
  const receiver = await startReceiver();
  ends.add(() => receiver.stop());
  await organizerOf(bed.stage).subscribe(receiver);
  const load = startLoad(bed.stage);
  note('load');
  const cancellations: Cancellation[] = [];
  const windows = await runFaults(bed, { load, cancellations, note });
  await load.stop();
  note('the load has ended');
  await settle(bed.postgres);
  listeners.stop();
  note('checking');
  const dump = await takeDump(bed.postgres.primary().connection);
  const { news, presences } = listeners;
  const { deliveries } = receiver;
  const evidence = { history: load.history, windows, dump, news, presences, cancellations, deliveries };
  const violations = check(evidence);
  process.stdout.write(`\n${toReport(evidence, violations)}\n`);
  return violations.length === 0;
}

/** Waits until no hold is left and every message is delivered. The checker finds what doesn't come to that. */
async function settle({ primary }: Bed['postgres']): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  while (Date.now() < deadline) {
    const [row] = await primary().run(`SELECT
      (SELECT count(*) FROM reservations WHERE status = 'pending')
      + (SELECT count(*) FROM outbox WHERE position IS NULL)
      + (SELECT count(*) FROM webhook_deliveries WHERE status = 'pending') AS open`);
    if (Number(row?.open) === 0) return;
    await sleep(200);
  }
}
