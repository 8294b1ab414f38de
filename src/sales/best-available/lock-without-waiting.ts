import type pg from 'pg';
import { roundTrip } from '../../database/round-trip.ts';
import { arrayOf, statement } from '../../database/statements.ts';
import type { LockedSeat } from '../inventory.ts';

const lock = statement<LockedSeat>(new URL('./sql/lock-without-waiting.sql', import.meta.url));

/** Locks those of the seats that no other transaction has locked, without waiting. */
export async function lockWithoutWaiting(client: pg.PoolClient, ids: string[]): Promise<LockedSeat[]> {
  if (ids.length === 0) return [];
  const [seats] = await roundTrip(client, [lock([arrayOf(ids, (id) => id)])]);
  return seats;
}
