import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { PaymentStatus, ReservationStatus } from '../../database/schema.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import { effectiveStatus } from './effective-status.ts';

/** A reservation as it was a moment ago. */
export interface FoundReservation {
  id: string;
  user_id: string;
  event_id: string;
  reservation_number: string;
  total_amount: number;
  status: ReservationStatus;
  payment_id: string | null;
  payment_status: PaymentStatus;
  payment_method: string | null;
  refund_due: boolean;
}

const PATIENCE_MS = 5_000;
const FOUND_AT_ONCE = 500;

/**
 * Finds reservations by their ids. Requests that arrive while one is being read share the next query.
 *
 * @param capacity how many requests may wait
 */
export function createFinder(db: Db, capacity: number) {
  const queue = new BatchQueue<string, FoundReservation | undefined>(
    async (ids) => {
      const { rows } = await find(ids).execute(db);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id));
    },
    { name: 'reservations', batchSize: FOUND_AT_ONCE, capacity, patienceMs: PATIENCE_MS },
  );
  return (id: string) => queue.add(id);
}

function find(ids: string[]): RawBuilder<FoundReservation> {
  return sql<FoundReservation>`
    SELECT id, user_id, event_id, reservation_number, total_amount, ${effectiveStatus} AS status,
      payment_id, payment_status, payment_method, refund_due
    FROM reservations WHERE id = ANY (${ids}::uuid[])`;
}
