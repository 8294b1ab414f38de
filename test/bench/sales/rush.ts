import type pg from 'pg';
import type { Bed } from '../bed.ts';
import { clear, type Offer, offer } from '../catalogue.ts';
import { type Asked, CONNECTIONS, costs, countOf, runLoad, WARM_SECONDS } from '../load.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenAnswers, brokenPromises } from '../promises.ts';
import { added, median, medians, type RowResult, type Target } from '../result.ts';
import type { Service } from '../service.ts';
import type { Statements } from '../statements.ts';
import type { Rush } from './rushes.ts';

/** Prepares more requests than a run needs, in proportion to the bare route's rate. */
const HEADROOM = 1.25;

const WARM_UP_SECONDS = 3;

/** Runs bare, direct and service in turns, so that noise on the machine meets all of them. */
export async function runRush(
  bed: Bed,
  service: Service,
  rush: Rush,
  { seconds, rounds, statements }: Pace & { statements?: Statements | undefined },
): Promise<RowResult> {
  await teachBare(bed, service, rush);
  const expected = await warmUp(bed, rush, seconds);
  // V8 needs tens of thousands of requests to compile the code that they run through.
  await runOnService(bed, service, rush, rush.requests ?? expected, seconds);
  await clear(service.pool);

  const results: LoadResult[] = [];
  const figures: Record<string, number>[] = [];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await runLoad(bed, { ...onBare(bed, rush, expected), seconds });
    const direct = rush.direct && (await runDirect(bed, rush.direct.work, seconds));
    await statements?.start();
    const run = await runOnService(bed, service, rush, rush.requests ?? expected, seconds);
    await statements?.write(rush.name, countOf(run.result));
    problems.push(...run.problems, ...(await brokenPromises(service.pool)));
    await clear(service.pool);
    results.push(run.result);
    figures.push({
      service: run.result.rate,
      bare: bare.rate,
      bareP99: bare.p99,
      ...(direct !== undefined && { direct }),
      ...costs(run.result),
      wal: run.wal,
      bareUs: costs(bare).bareUs ?? 0,
      elsewhereBare: bare.cpu.elsewhere ?? 0,
    });
  }

  const against = (of: 'bare' | 'direct', target: number | undefined): Target => ({
    of,
    value: median(figures.map((figure) => (figure.service ?? 0) / (figure[of] ?? 0))),
    ...(target !== undefined && { target }),
    reference: median(figures.map((figure) => figure[of] ?? 0)),
  });
  return {
    name: rush.name,
    title: rush.title,
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [against('bare', rush.bare), ...(rush.direct ? [against('direct', rush.direct.least)] : [])],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}

interface ServiceRun {
  result: LoadResult;
  problems: string[];
  eventId: string;
  /** Bytes of WAL for one answer. */
  wal: number;
}

/** One rush on an event of its own. */
export async function runOnService(
  bed: Bed,
  { pid, port, pool }: Service,
  rush: Rush,
  requests: number,
  seconds: number,
): Promise<ServiceRun> {
  const sale = await offer(pool, rush.offer(requests));
  const { path, users = requests } = rush;
  const parts = { service: pid, ...bed.parts };
  const before = await walPosition(pool);
  const result = await runLoad(bed, {
    port,
    path,
    users,
    requests,
    seconds,
    parts,
    bodies: rush.bodies(sale),
  });
  const wal = Math.round(((await walPosition(pool)) - before) / countOf(result));
  const problems = [...(await brokenAnswers(pool, sale.eventId, result)), ...rush.check(result, sale)];
  return { result, problems, eventId: sale.eventId, wal };
}

async function walPosition(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(`SELECT pg_current_wal_lsn() - '0/0' AS bytes`);
  return Number(rows[0]?.bytes);
}

/** For the bare route, which reads no data: its event need not exist. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
const nothing: Offer = {
  eventId: NOBODY,
  seatIds: Array.from({ length: 20 }, () => NOBODY),
  ticketTypeId: NOBODY,
};

function onBare({ bare }: Bed, rush: Rush, requests: number): Omit<Asked, 'seconds'> {
  const { path, users = requests } = rush;
  return { port: bare.port, path, users, requests, parts: { bare: bare.pid }, bodies: rush.bodies(nothing) };
}

async function runDirect(bed: Bed, work: 'seats' | 'tickets', seconds: number): Promise<number> {
  const { connection } = bed;
  const { rate } = await bed.direct.call('run', { connection, work, callers: CONNECTIONS, seconds });
  return rate;
}

/** Makes an answer of the service, with the status that the row is about, the bare route's answer. */
async function teachBare(bed: Bed, service: Service, rush: Rush): Promise<void> {
  const { path, status } = rush;
  const requests = 2_000;
  const sale = await offer(service.pool, rush.offer(requests));
  const { sample, answers } = await runLoad(bed, {
    ...{ port: service.port, path, users: rush.users ?? requests, requests, seconds: 0.5, parts: {} },
    bodies: rush.bodies(sale),
    sample: status,
  });
  if (!sample) throw new Error(`the service never answered ${status} to ${path}: ${JSON.stringify(answers)}`);
  await bed.bare.call('answer', { path, status, body: sample });
  await clear(service.pool);
}

/** @returns the most requests of a run, from the rate of the bare route while it warms up */
export async function warmUp(bed: Bed, rush: Rush, seconds: number): Promise<number> {
  const { rate } = await runLoad(bed, { ...onBare(bed, rush, 60_000), seconds: WARM_UP_SECONDS });
  return Math.ceil(rate * HEADROOM * (seconds + WARM_SECONDS));
}
