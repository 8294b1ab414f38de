import { sql } from 'kysely';
import type { ReservationHistoryEntry } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import type { FoundReservation } from './queries.ts';

type Role = ReservationHistoryEntry['actor_role'];
type Actor = Pick<ReservationHistoryEntry, 'actor_id' | 'actor_role'>;

/** An organizer's cancellation, from the audit log. */
interface AuditedEnd extends Actor {
  at: string;
  reason: string | null;
  amount: number;
  items: number[];
}

const PAYMENT_SERVICE: Actor = { actor_id: null, actor_role: 'service' };
const SYSTEM: Actor = { actor_id: null, actor_role: 'system' };

/**
 * Puts the history of a reservation together, oldest first. The times are those of the rows. The audit log adds who cancelled and why.
 * Without an entry there, the end of the event did, or the buyer.
 */
export async function historyOf(db: Db, reservation: FoundReservation): Promise<ReservationHistoryEntry[]> {
  const { items, refunds, created_at, extended_at, paid_at, confirmed_at } = reservation;
  const buyer: Actor = { actor_id: reservation.user_id, actor_role: 'user' };
  const entries: ReservationHistoryEntry[] = [];
  const add = (
    at: string | null,
    action: string,
    actor: Actor,
    more: Partial<ReservationHistoryEntry> = {},
  ) => {
    if (at !== null) entries.push({ at, action, ...actor, reason: null, amount: null, items: null, ...more });
  };
  const held = items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
  const givenBack = refunds.filter(({ reason }) => reason === 'cancelled_in_part');
  const paid = givenBack.reduce((sum, { amount }) => sum + amount, reservation.total_amount);
  add(created_at, 'reservation.held', buyer, { amount: held });
  add(extended_at, 'reservation.extended', buyer);
  add(paid_at, 'reservation.paid', PAYMENT_SERVICE, { amount: paid });
  add(confirmed_at, 'reservation.confirmed', PAYMENT_SERVICE, { amount: paid });

  const audited = await auditedEnds(db, reservation);
  const event = await db
    .selectFrom('event_cancellations')
    .select(['requested_at', 'reason'])
    .where('event_id', '=', reservation.event_id)
    .executeTakeFirst();
  for (const { at, positions, amount } of endsOf(reservation)) {
    const action = endAction(reservation, at);
    const index = audited.findIndex((entry) => entry.items.includes(positions[0] as number));
    const [entry] = index < 0 ? [] : audited.splice(index, 1);
    // Once an event is cancelled, buyers cancel nothing any more.
    const byEvent = event !== undefined && event.requested_at <= at;
    const actor = entry ?? (action === 'reservation.expired' || byEvent ? SYSTEM : buyer);
    const reason = (entry ?? (byEvent ? event : undefined))?.reason ?? null;
    add(at, action, actorOf(actor), { amount, items: positions, reason });
  }
  // Tickets whose type has others left in the reservation.
  for (const { at, reason, amount, items, ...actor } of audited)
    add(at, 'reservation.partly_cancelled', actorOf(actor), { reason, amount, items });

  for (const { amount, reason, due_at, refunded_at } of refunds) {
    add(due_at, 'reservation.refund_due', SYSTEM, { amount, reason });
    add(refunded_at, 'reservation.refunded', PAYMENT_SERVICE, { amount });
  }
  return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function actorOf({ actor_id, actor_role }: Actor): Actor {
  return { actor_id, actor_role };
}

/** The items that ended, by the moment when they did. */
function endsOf({ items }: FoundReservation) {
  const byTime = new Map<string, { at: string; positions: number[]; amount: number }>();
  for (const { released_at, position, quantity, cancelled_quantity, unit_price } of items) {
    if (released_at === null) continue;
    const end = byTime.get(released_at) ?? { at: released_at, positions: [], amount: 0 };
    // An item that was cancelled before its reservation ended, or what was left of it.
    const count = cancelled_quantity === quantity ? quantity : quantity - cancelled_quantity;
    end.positions.push(position);
    end.amount += count * unit_price;
    byTime.set(released_at, end);
  }
  return [...byTime.values()];
}

/** A reservation that has ended did so with its last items. */
function endAction({ status, items }: FoundReservation, at: string): string {
  const isLast = items.every(({ released_at }) => released_at !== null && released_at <= at);
  if (!isLast) return 'reservation.partly_cancelled';
  return status === 'expired' ? 'reservation.expired' : 'reservation.cancelled';
}

async function auditedEnds(db: Db, { id, event_id }: FoundReservation): Promise<AuditedEnd[]> {
  return await db
    .selectFrom('audit_log')
    .select([
      'happened_at as at',
      'actor_id',
      sql<Role>`actor_role`.as('actor_role'),
      'reason',
      sql<number>`(after ->> 'refund_amount')::bigint`.as('amount'),
      sql<number[]>`after -> 'cancelled_items'`.as('items'),
    ])
    .where('event_id', '=', event_id)
    .where('entity_id', '=', id)
    .where('action', '=', 'reservation.cancel')
    .orderBy('id')
    .execute();
}
