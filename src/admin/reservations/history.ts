import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { FoundReservation } from './queries.ts';

/** What happened to a reservation. An entry of the audit log has the same names. */
export interface HistoryEntry {
  at: string;
  action: string;
  /** Null for the service itself, and for what the payment service reports. */
  actor_id: string | null;
  actor_role: 'admin' | 'organizer' | 'service' | 'user' | 'system';
  reason: string | null;
  amount: number | null;
  /** The positions of the items that ended. */
  items: number[] | null;
}

interface Audited {
  at: string;
  action: string;
  actor_id: string | null;
  actor_role: HistoryEntry['actor_role'];
  reason: string | null;
  items: number[] | null;
}

/**
 * Puts the history of a reservation together, oldest first. The times are those of the rows. The audit log adds who cancelled it and
 * why; without an entry there, the buyer did.
 */
export async function historyOf(db: Db, reservation: FoundReservation): Promise<HistoryEntry[]> {
  const audited = await auditOf(db, reservation);
  const { user_id, total_amount } = reservation;
  const buyer = { actor_id: user_id, actor_role: 'user' as const };
  const service = { actor_id: null, actor_role: 'service' as const };
  const entries: HistoryEntry[] = [];
  const add = (
    at: string | null,
    entry: Partial<HistoryEntry> & Pick<HistoryEntry, 'action' | 'actor_role'>,
  ) => {
    if (at !== null) entries.push({ at, actor_id: null, reason: null, amount: null, items: null, ...entry });
  };
  add(reservation.created_at, { action: 'reservation.held', ...buyer, amount: total_amount });
  add(reservation.extended_at, { action: 'reservation.extended', ...buyer });
  add(reservation.paid_at, { action: 'reservation.paid', ...service, amount: total_amount });
  add(reservation.confirmed_at, { action: 'reservation.confirmed', ...service, amount: total_amount });
  for (const { at, positions, amount } of endsOf(reservation)) {
    const entry = audited.find(({ items }) => items?.includes(positions[0] as number));
    const action = endAction(reservation, at);
    const byItself = { actor_id: null, actor_role: 'system' as const };
    const actor = entry ?? (action === 'reservation.expired' ? byItself : buyer);
    add(at, {
      action,
      actor_id: actor.actor_id,
      actor_role: actor.actor_role,
      reason: entry?.reason ?? null,
      amount,
      items: positions,
    });
  }
  add(reservation.refunded_at, { action: 'reservation.refunded', ...service });
  const rest = audited.filter(({ items }) => items === null);
  return [...entries, ...rest.map((entry) => ({ ...entry, amount: null }))].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}

/** The items that ended, by the moment when they did. */
function endsOf({ items }: FoundReservation) {
  const byTime = new Map<string, { at: string; positions: number[]; amount: number }>();
  for (const { released_at, position, subtotal } of items) {
    if (released_at === null) continue;
    const end = byTime.get(released_at) ?? { at: released_at, positions: [], amount: 0 };
    end.positions.push(position);
    end.amount += subtotal;
    byTime.set(released_at, end);
  }
  return [...byTime.values()];
}

/** A reservation that has ended did so with its last items. */
function endAction({ status, items }: FoundReservation, at: string) {
  const isLast = items.every(({ released_at }) => released_at !== null && released_at <= at);
  if (!isLast) return 'reservation.partly_cancelled';
  return status === 'expired' ? 'reservation.expired' : 'reservation.cancelled';
}

async function auditOf(db: Db, { id, event_id }: FoundReservation): Promise<Audited[]> {
  return await db
    .selectFrom('audit_log')
    .select([
      'happened_at as at',
      'action',
      'actor_id',
      'actor_role',
      'reason',
      sql<number[] | null>`after -> 'cancelled_items'`.as('items'),
    ])
    .where('event_id', '=', event_id)
    .where('entity_id', '=', id)
    .orderBy('id')
    .execute();
}
