import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../../../src/database/database.ts';
import type { Ends } from '../../bench/ends.ts';
import { seedEvent } from '../../support/events.ts';
import { eventually } from '../../support/wait.ts';
import { startBackends, startInstances } from '../harness/backends.ts';
import { closeConnections } from '../harness/http-client.ts';
import { startLoad } from '../sales/load.ts';
import { check } from './checks/checker.ts';
import { runFaults } from './faults.ts';
import { Follower } from './follower.ts';
import type { Sample } from './history.ts';
import { closeReads } from './reads.ts';
import { ReferenceClient } from './reference-client.ts';
import { toReport } from './report.ts';
import * as settings from './settings.ts';
import { Stage } from './stage.ts';
import { transports } from './transports.ts';
import { Truth } from './truth.ts';

type Watcher = Follower | ReferenceClient;

const AT_ONCE = 50;
/** A watcher that was away for a while has this long to catch up before its version counts. */
const COUNTS_AFTER_MS = 3_000;

/**
 * Sells an event on three instances for a minute while 2,000 watchers follow it, over Socket.IO in batch mode and without it,
 * Server-Sent Events and plain WebSockets. An instance is killed, and Redis is away and forgets everything. In the end a checker compares
 * every map with the database, and looks at every step.
 *
 * @returns whether the checker found no violation
 */
export async function runWatchers(ends: Ends, note: (line: string) => void): Promise<boolean> {
  note(`starting PostgreSQL, Redis and ${settings.INSTANCES} instances`);
  const backends = await startBackends(ends);
  const { postgres, redis, secret } = backends;
  const instances = await startInstances(ends, backends, settings.INSTANCES, {
    HOLD_SECONDS: String(settings.HOLD_SECONDS),
    QUEUE_THRESHOLD: '1000000',
    ...settings.FROM_ONE_ADDRESS,
  });
  const ports = instances.map(({ port }) => port);
  const db = createDatabase({ ...postgres.connection, ssl: 'off', poolSize: 1 }, () => undefined);
  const { eventId, seatIds, ticketTypeIds } = await seedEvent(db, {
    seats: settings.SEATS,
    stock: settings.STOCK,
  });
  await db.destroy();
  const truth = await Truth.open(postgres.primary().connection, eventId);
  ends.add(() => truth.close());

  const stage = new Stage(eventId, secret, ports);
  const watchers = makeWatchers(stage);
  ends.add(() => {
    for (const watcher of watchers) watcher.stop();
    closeReads();
    closeConnections();
  });
  note(`${watchers.length} watchers come`);
  const coming = [...watchers];
  const usher = async () => {
    for (let next = coming.pop(); next; next = coming.pop()) await next.start();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, usher));

  note('selling');
  const start = Date.now();
  const events = [{ id: eventId, seats: seatIds, ticketTypes: ticketTypeIds }];
  const load = startLoad({ ports, secret, events }, settings.BUYERS);
  const sampler = startSampling(watchers, truth);
  const faults = await runFaults({ instances, redis, stage }, note);
  await sleep(Math.max(0, start + settings.SELLING_MS - Date.now()));
  await load.stop();
  note('waiting for the last holds to expire');
  await eventually(
    async () => {
      if ((await truth.pending()) > 0) throw new Error('holds are pending');
    },
    { timeout: (settings.HOLD_SECONDS + 10) * 1_000, interval: 100 },
  );
  const samples = await sampler.stop();
  await sleep(settings.QUIET_MS);
  for (const watcher of watchers) watcher.record.last = watcher.picture();
  const history = {
    ...{ watchers: watchers.map(({ record }) => record), samples, faults },
    database: await truth.picture(),
  };
  note('checking');
  const violations = check(history);
  process.stdout.write(`\n${toReport(history, load.history, violations)}\n`);
  return violations.length === 0;
}

function makeWatchers(stage: Stage): Watcher[] {
  const { reference, ...followers } = settings.WATCHERS;
  return [
    ...Object.entries(followers).flatMap(([kind, count]) =>
      Array.from({ length: count }, () => {
        const name = kind as keyof typeof followers;
        return new Follower(name, transports[name], stage);
      }),
    ),
    ...Array.from({ length: reference }, () => new ReferenceClient(stage)),
  ];
}

/** Notes again and again what the database has and what each watcher shows. */
function startSampling(watchers: Watcher[], truth: Truth): { stop(): Promise<Sample[]> } {
  const samples: Sample[] = [];
  let stopping = false;
  const sampling = (async () => {
    while (!stopping) {
      const database = await truth.version();
      const at = Date.now();
      const counts = ({ connectedAt }: Watcher) =>
        connectedAt !== undefined && at - connectedAt > COUNTS_AFTER_MS;
      const shown = watchers.map((watcher) => (counts(watcher) ? watcher.version : -1));
      samples.push({ at, database, watchers: Int32Array.from(shown) });
      await sleep(settings.SAMPLE_EVERY_MS);
    }
  })();
  return {
    async stop() {
      stopping = true;
      await sampling;
      return samples;
    },
  };
}
