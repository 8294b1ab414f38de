import { CompiledQuery } from 'kysely';
import type pg from 'pg';
import type { Db } from '../../database/database.ts';
import { commitWith, orRollBack, roundTrip } from '../../database/round-trip.ts';
import { statement } from '../../database/statements.ts';
import { BEGIN } from '../group-commit/locks.ts';
import { withConnection } from '../group-commit/shared-connection.ts';
import { changesStatement, toChanges } from './changes.ts';
import { attempt, ENDED_AT_ONCE, ENDING, type Expired, expire, ids, unlessLocked } from './expire.ts';
import { releaseStatement } from './release.ts';

interface Swept extends Expired {
  /** There may be more. */
  more: boolean;
}

const overdue = statement<{ id: string; event_id: string }>(new URL('./sql/overdue.sql', import.meta.url));

/**
 * Ends holds whose time is up and frees their seats and stock. Any number of instances may sweep at once: each takes holds that no other
 * is working on.
 */
export async function sweep({ salePool, db }: { salePool: pg.Pool; db: Db }): Promise<Swept> {
  return await unlessLocked(
    () => withConnection(salePool, sweepTogether),
    () => attempt(db, 'leave out', sweepUnlocked),
  );
}

/** Ending holds locks the rows of their events, and no sale of these commits until the sweep does. So its commit goes out in the same round trip. */
async function sweepTogether(client: pg.PoolClient): Promise<Swept> {
  return await orRollBack(client, async () => {
    const [, , found] = await roundTrip(client, [BEGIN, ENDING, overdue([ENDED_AT_ONCE])]);
    const holds = found.length;
    const [, changed] = await commitWith(client, [
      holds > 0 && releaseStatement(ids(found), 'expired'),
      holds > 0 && changesStatement(found.map(({ event_id }) => event_id)),
    ]);
    return { changes: toChanges(changed), holds, more: holds === ENDED_AT_ONCE };
  });
}

async function sweepUnlocked(trx: Db): Promise<Swept> {
  const { text, values } = overdue([ENDED_AT_ONCE]);
  const { rows } = await trx.executeQuery<{ id: string }>(CompiledQuery.raw(text, values));
  const { changes, ended } = await expire(trx, ids(rows), 'leave out');
  return { changes, holds: ended.size, more: rows.length === ENDED_AT_ONCE && ended.size > 0 };
}
