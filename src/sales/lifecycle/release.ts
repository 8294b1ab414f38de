import { CompiledQuery } from 'kysely';
import type { Db } from '../../database/database.ts';
import { arrayOf, type Statement, statement } from '../../database/statements.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Changes } from '../../realtime/changes.ts';
import { changesIn } from './changes.ts';

interface Released {
  event_id: string;
}

const releasing = statement<Released>(new URL('./sql/release.sql', import.meta.url));

/** What an operation changed, and why it was refused if it was. A refused operation may change something too: see `confirm.ts`. */
export interface Effect {
  changes: Changes[];
  refusal?: ErrorCode;
}

export function refuse(refusal: ErrorCode): Effect {
  return { changes: [], refusal };
}

type Ending = 'cancelled' | 'expired';

/**
 * Ends reservations whose rows the caller has locked.
 *
 * @returns what the transaction has changed in their events
 */
export async function release(trx: Db, reservationIds: string[], status: Ending): Promise<Changes[]> {
  const { text, values } = releaseStatement(reservationIds, status);
  const { rows } = await trx.executeQuery<Released>(CompiledQuery.raw(text, values));
  return await changesIn(
    trx,
    rows.map(({ event_id }) => event_id),
  );
}

/** The statement for it. */
export function releaseStatement(reservationIds: string[], status: Ending): Statement<Released> {
  return releasing([arrayOf(reservationIds, (id) => id), status]);
}
