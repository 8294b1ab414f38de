import { setTimeout as sleep } from 'node:timers/promises';
import type { ExpectStatic } from 'vitest';
import { OneAtATime } from '../../../src/lib/one-at-a-time.ts';
import { createTestDatabase } from '../../support/database.ts';
import { ask, type HttpAnswer } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, type ServiceOptions, startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { within } from '../../support/timed.ts';
import { parts, type State } from './matrix.ts';
import { startAnother } from './starts.ts';
import { type Asked, askAll, askedOf, askUntilWell, createWorld, untilEqual, well } from './world.ts';

/** How to bring about a state. */
export interface Fault {
  options: Pick<ServiceOptions, 'database' | 'redis'>;
  /** Called when the service has started, and no buyer has come yet. */
  prepare?(): Promise<unknown>;
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
  close?(): Promise<unknown>;
}

/** No request waits longer: a query is given up after 7 seconds, a command after one. */
const ANSWERED_MS = 9_000;
const STOPPED_MS = 10_000;
const WELL_MS = 5_000;
/** Long enough for the state to begin before. */
const OVERDUE_IN_MS = 3_000;

const healthy = { alive: 200, ready: '200', gauge: 1 };

const env = {
  SWEEP_INTERVAL_MS: '100',
  QUEUE_TICK_MS: '100',
  QUEUE_REFORM_SECONDS: '1',
  SALE_LANES: '2',
  SEAT_LOCKS: 'true',
  MAX_SEATS_PER_USER: '100',
};

/** Instances that start in one process at the same time leave it no time to hear PostgreSQL. */
const starts = new OneAtATime();

/** Runs all operations in a state and after it, and compares with the table. */
export async function observe(
  expect: ExpectStatic,
  dependency: 'postgres' | 'redis',
  state: State,
  fault: Fault,
): Promise<void> {
  const log: string[] = [];
  const database = fault.options.database ?? (await createTestDatabase());
  const service = await starts.run(() =>
    startService({
      ...fault.options,
      database,
      instances: 2,
      poolSize: 16,
      env,
      log: (instance) => ({ write: (line) => void (instance === 0 && log.push(line)) }),
    }),
  );
  const sockets = openSockets(service.token);
  try {
    await fault.prepare?.();
    const world = await createWorld(service, sockets);
    const [first, second, third] = await Promise.all([world.round(), world.round(), world.round()]);
    const far = await world.hears(1);
    await world.tell([world.near, far]);
    const overdue = await world.overdueIn(OVERDUE_IN_MS);
    const dueAt = performance.now() + OVERDUE_IN_MS;
    const isSwept = async () => ((await overdue().catch(() => 'unknown')) === 'expired' ? 'swept' : 'later');
    log.length = 0;
    const expected = { ...well, ...state.answers };
    const health = { alive: 200, ready: state.up ? '200' : `503 ${dependency}`, gauge: Number(state.up) };
    const untilHealthIs = (wanted: typeof health) =>
      untilEqual(() => healthOf(service, dependency), wanted, WELL_MS);

    await fault.begin();
    const start = startAnother(service, database.settings);
    const atOnce = await within(ANSWERED_MS, askAll(first));
    const healthSeen = await untilHealthIs(health);
    const answers = await within(ANSWERED_MS, askAll(second));
    await world.tell(expected.news === 'everywhere' ? [world.near, far] : [world.near]);
    await sleep(Math.max(0, dueAt - performance.now()));
    const seen = {
      ...answers,
      sweep: await untilEqual(isSwept, expected.sweep, WELL_MS),
      news: expected.news,
      start: await start.seen,
      stop: 'stops',
    };
    await within(STOPPED_MS, service.apps[1]?.close() ?? Promise.resolve());

    await fault.end();
    const [after, healthAfter, sweep] = await Promise.all([
      askUntilWell(third, WELL_MS),
      untilHealthIs(healthy),
      untilEqual(isSwept, 'swept', WELL_MS),
    ]);
    await start.over;
    if (service.apps.length === 2) await service.startAnother();
    const everywhere = [world.near, await world.hears(2)];
    await world.tell(everywhere);
    for (const instance of [0, 2]) await world.holdOn(instance, everywhere);

    // The first requests of a state may still be answered as usual, by a command or a connection that works. One that PostgreSQL has ended
    // fails the request that had it.
    const lost = dependency === 'postgres' ? ['503'] : [];
    for (const [name, answer] of Object.entries(atOnce))
      expect
        .soft([well[name as Asked], expected[name as Asked], ...lost], `${name}, at once`)
        .toContain(answer);
    expect.soft({ ...seen, ...healthSeen }).toEqual({ ...expected, ...health });
    expect.soft(linesOf(log, dependency)).toEqual(state.log.map((line) => `1 × ${line}`));
    expect
      .soft({ ...after, ...healthAfter, sweep })
      .toEqual({ ...askedOf(well), ...healthy, sweep: 'swept' });
    await expectInvariants(service.db);
  } finally {
    sockets.close();
    await service.stop();
    await fault.close?.();
  }
}

async function healthOf({ app }: Service, dependency: string) {
  const [alive, ready, metrics] = (await Promise.all(
    ['/health', '/health/ready', '/metrics'].map((url) => ask(app, { url })),
  )) as [HttpAnswer, HttpAnswer, HttpAnswer];
  const down = ['postgres', 'redis'].filter((name) => ready.body[name]?.status !== 'up');
  const gauge = new RegExp(`^tiketi_${dependency}_up (\\d)`, 'm').exec(metrics.text)?.[1];
  return { alive: alive.status, ready: [ready.status, ...down].join(' '), gauge: Number(gauge) };
}

/** Warnings and errors, and what is said of the dependency. What `parts` may say once is left out. */
function linesOf(log: string[], dependency: 'postgres' | 'redis'): string[] {
  const name = dependency === 'postgres' ? 'PostgreSQL ' : 'Redis ';
  const lines = log.map((line) => JSON.parse(line) as { level: number; msg: string });
  const told = lines.filter(({ level, msg }) => level >= 40 || msg.startsWith(name));
  return [...Map.groupBy(told, ({ msg }) => msg)]
    .filter(([msg, { length }]) => length > 1 || !parts.includes(msg))
    .map(([msg, { length }]) => `${length} × ${msg}`);
}
