import { CompiledQuery } from 'kysely';
import type pg from 'pg';
import type { Db } from '../database/database.ts';
import type { PublicReads } from '../plugins/public-reads.ts';

/** Runs a statement, on whatever connection the reader has. */
export type Query = <Row extends pg.QueryResultRow>(query: pg.QueryConfig) => Promise<{ rows: Row[] }>;

/** Runs statements on connections of the requests' pool. */
export function queryOn(db: Db): Query {
  return async <Row extends pg.QueryResultRow>({ text, values }: pg.QueryConfig) =>
    await db.executeQuery<Row>(CompiledQuery.raw(text, values as unknown[]));
}

/** Runs statements for a caller without an account: a few at a time, on connections of their own. */
export function publicQuery(publicReads: PublicReads, address: string): Query {
  return (query) => publicReads.read(address, (db) => queryOn(db)(query));
}
