import type pg from 'pg';
import { RoundTrip } from '../../src/database/round-trip.ts';

/** Counts the waits for PostgreSQL. A statement that is sent while others are under way waits together with them. */
export function countRoundTrips(on: pg.PoolClient): () => number {
  const query = on.query.bind(on) as (config: unknown) => Promise<unknown> | RoundTrip;
  let underWay = 0;
  let roundTrips = 0;
  const over = () => void underWay--;
  on.query = ((config: unknown) => {
    if (underWay++ === 0) roundTrips++;
    const sent = query(config);
    void (sent instanceof RoundTrip ? sent.answer : sent).then(over, over);
    return sent;
  }) as never;
  return () => roundTrips;
}
