import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** Takes PostgreSQL a few milliseconds, and this process two: a sale in between hardly waits. */
const BATCH = 500;

/**
 * Reads the rows of a query in batches, all of them as they were at one moment. It reads a batch when it is asked for the next one, so
 * that any number of rows takes constant memory. Its connection is free when the caller has read all or stops reading.
 */
export async function* readRows<Row>(db: Db, query: RawBuilder<Row>): AsyncGenerator<Row[]> {
  const trx = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    await sql`DECLARE exported NO SCROLL CURSOR FOR ${query}`.execute(trx);
    const next = sql<Row>`FETCH ${sql.lit(BATCH)} FROM exported`;
    for (let { rows } = await next.execute(trx); rows.length > 0; ) {
      yield rows;
      if (rows.length < BATCH) break;
      ({ rows } = await next.execute(trx));
    }
  } finally {
    await trx.rollback().execute();
  }
}
