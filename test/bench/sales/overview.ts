import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { clear, offer } from '../catalogue.ts';
import { runLoad, unexpected } from '../load.ts';
import type { Pace } from '../pace.ts';
import { tokenOf, userIdOf } from '../people.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenPromises } from '../promises.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { freeSeats } from './rushes.ts';

const HALL = 50_000;
const SOLD = HALL / 2;
const ASK_EVERY_MS = 2_000;

interface Run {
  result: LoadResult;
  /** How long each answer took, in ms. */
  asked: number[];
  problems: string[];
}

/** Sells a hall of which half is sold, while its organizer asks what it has sold, and while nobody asks, in turns. */
export async function runOverview(bed: Bed, service: Service, { seconds, rounds }: Pace): Promise<RowResult> {
  const { pool, port, pid } = service;

  async function sell(isAsking: boolean): Promise<Run> {
    const sale = await offer(pool, { seats: HALL });
    await sellHalf(pool, sale.seatIds.slice(0, SOLD));
    const rest = { ...sale, seatIds: sale.seatIds.slice(SOLD) };
    const selling = new AbortController();
    const asking = isAsking ? ask(sale.eventId, selling.signal) : Promise.resolve([]);
    const result = await runLoad(bed, {
      ...{ port, path: freeSeats.path, users: SOLD, requests: SOLD, seconds },
      bodies: freeSeats.bodies(rest),
      parts: { service: pid, ...bed.parts },
    });
    selling.abort();
    const asked = await asking;
    const problems = [...unexpected(result, ['201']), ...(await brokenPromises(pool))];
    if (isAsking && asked.length === 0) problems.push('the overview was never answered');
    await clear(pool);
    return { result, asked, problems };
  }

  async function ask(eventId: string, selling: AbortSignal): Promise<number[]> {
    const url = `http://127.0.0.1:${port}${contract.getSalesOverview.url.replace(':id', eventId)}`;
    const headers = { authorization: `Bearer ${tokenOf(userIdOf(0), bed.secret, 'admin')}` };
    const times: number[] = [];
    while (!selling.aborted) {
      const begun = performance.now();
      const answer = await fetch(url, { headers });
      await answer.arrayBuffer();
      if (answer.ok) times.push(performance.now() - begun);
      await sleep(ASK_EVERY_MS, undefined, { signal: selling }).catch(() => undefined);
    }
    return times;
  }

  await sell(false);
  const runs: Run[] = [];
  const figures: { alone: number; asked: number; answerMs: number }[] = [];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const alone = await sell(false);
    const asked = await sell(true);
    problems.push(...alone.problems, ...asked.problems);
    runs.push(asked);
    figures.push({ alone: alone.result.rate, asked: asked.result.rate, answerMs: median(asked.asked) });
  }
  return {
    name: 'overview',
    title: `a hall of ${HALL.toLocaleString('en')}, half sold, overview every 2 s`,
    rate: median(runs.map(({ result }) => result.rate)),
    p50: median(runs.map(({ result }) => result.p50)),
    p99: median(runs.map(({ result }) => result.p99)),
    cpu: medians(runs.map(({ result }) => result.cpu)),
    targets: [
      {
        of: 'without the overview',
        value: median(figures.map(({ alone, asked }) => asked / alone)),
        target: 0.95,
        reference: median(figures.map(({ alone }) => alone)),
      },
      { of: 'ms an overview', value: median(figures.map(({ answerMs }) => answerMs)) },
    ],
    problems: [...new Set(problems)],
    answers: added(runs.map(({ result }) => result.answers)),
    rounds: figures,
  };
}

/** Writes paid reservations of one seat each. The triggers would do the same, but in small batches. */
async function sellHalf(pool: pg.Pool, seatIds: string[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(
      `CREATE TEMPORARY TABLE sales ON COMMIT DROP AS
       SELECT s.id AS seat, s.event_id, s.price, gen_random_uuid() AS id FROM seats s WHERE s.id = ANY ($1)`,
      [seatIds],
    );
    await client.query(
      `INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at, status, payment_status, paid_at, confirmed_at)
       SELECT id, 'TK' || upper(left(replace(id::text, '-', ''), 12)), gen_random_uuid(), event_id, price, now(), 'confirmed',
         'completed', now(), now()
       FROM sales`,
    );
    await client.query(
      `INSERT INTO reservation_items (reservation_id, seat_id, quantity, unit_price) SELECT id, seat, 1, price FROM sales`,
    );
    await client.query(
      `UPDATE seats SET status = 'reserved', version = version + 1 FROM sales WHERE seats.id = sales.seat`,
    );
    await client.query(
      `UPDATE event_seats e SET available = available - (SELECT count(*) FROM sales WHERE sales.event_id = e.event_id)`,
    );
    await client.query('COMMIT');
    await client.query('ANALYZE reservations, reservation_items, seats');
  } finally {
    client.release();
  }
}
