import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Traffic } from './processes/meter.ts';
import { added } from './result.ts';
import { METRICS_TOKEN, type Service } from './service.ts';

const METRICS_HEADERS = { authorization: `Bearer ${METRICS_TOKEN}` };

/** Counters of a service and of PostgreSQL, which only grow. */
export type Meters = Record<string, number>;

/** All processes of the service together. */
export async function readMeters({ meters, port, pool }: Service): Promise<Meters> {
  const files = readdirSync(meters).filter((file) => file.endsWith('.meter'));
  const traffic = await Promise.all(files.map((file) => trafficOf(join(meters, file))));
  const scrape = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: METRICS_HEADERS })).text();
  const counter = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(scrape)?.[1] ?? 0);
  const { rows } = await pool.query<{ bytes: string }>(`SELECT pg_current_wal_lsn() - '0/0' AS bytes`);
  return {
    ...added(traffic),
    wal: Number(rows[0]?.bytes),
    batched: counter('tiketi_sale_batch_size_sum'),
    batches: counter('tiketi_sale_batch_size_count'),
  };
}

async function trafficOf(path: string): Promise<Meters> {
  const { postgres, redis } = JSON.parse(await text(connect({ path }))) as Record<string, Traffic>;
  return {
    ...{ trips: postgres?.trips ?? 0, sent: postgres?.sent ?? 0, received: postgres?.received ?? 0 },
    ...{ redisTrips: redis?.trips ?? 0, redisSent: redis?.sent ?? 0, redisReceived: redis?.received ?? 0 },
  };
}

/** For one answer: round trips and bytes to and from PostgreSQL and Redis, and bytes of WAL. Beside them the mean size of a batch. */
export function metersAnAnswer(before: Meters, after: Meters, answers: number): Record<string, number> {
  const {
    batched = 0,
    batches = 0,
    ...counters
  } = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
  return {
    ...Object.fromEntries(Object.entries(counters).map(([name, value]) => [name, value / answers])),
    ...(batches > 0 && { batch: batched / batches }),
  };
}
