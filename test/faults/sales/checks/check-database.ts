import type { Violation } from '../../harness/findings.ts';
import type { Dump } from '../evidence.ts';

/** The time within which an expired hold is swept. */
const SWEPT_WITHIN_MS = 3_000;

/** Checks what must be true of the tables alone. */
export function checkDatabase({ takenAt, reservations, items, seats, stock }: Dump): Violation[] {
  const violations: Violation[] = [];
  const violated = (rule: string, detail: string) => violations.push({ rule, detail });
  const reservationOf = new Map(reservations.map((each) => [each.id, each]));
  const live = items.filter(({ released_at }) => released_at === null);
  const claimsOnSeat = Map.groupBy(live, ({ seat_id }) => seat_id);
  const claimsOnStock = Map.groupBy(live, ({ ticket_type_id }) => ticket_type_id);
  const itemsOf = Map.groupBy(items, ({ reservation_id }) => reservation_id);

  for (const { id, status } of seats) {
    const claims = claimsOnSeat.get(id) ?? [];
    if (claims.length > 1) violated('a seat has one live claim', `seat ${id} has ${claims.length}`);
    const holder = claims[0] && reservationOf.get(claims[0].reservation_id)?.status;
    const due = holder === 'pending' ? 'locked' : holder === 'confirmed' ? 'reserved' : 'available';
    if (status !== due) {
      violated(
        'every hold has a holder',
        `seat ${id} is ${status}, its claim's reservation ${holder ?? 'is none'}`,
      );
    }
  }
  for (const { id, total_quantity, available_quantity } of stock) {
    const claimed = (claimsOnStock.get(id) ?? []).reduce((sum, { quantity }) => sum + quantity, 0);
    if (available_quantity < 0 || available_quantity + claimed !== total_quantity) {
      violated(
        'stock adds up',
        `ticket type ${id}: ${available_quantity} left + ${claimed} claimed, of ${total_quantity}`,
      );
    }
  }
  for (const { reservation_id } of live) {
    const status = reservationOf.get(reservation_id)?.status;
    if (status !== 'pending' && status !== 'confirmed') {
      violated(
        'every hold has a holder',
        `reservation ${reservation_id} is ${status ?? 'missing'} and still has a claim`,
      );
    }
  }
  for (const { id, status, total_amount, expires_at } of reservations) {
    const own = itemsOf.get(id) ?? [];
    const total = own.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
    if (total !== total_amount || own.length === 0) {
      violated(
        'a reservation is the sum of its items',
        `${id}: ${total_amount}, its ${own.length} items ${total}`,
      );
    }
    const isLive = status === 'pending' || status === 'confirmed';
    if (isLive && own.some(({ released_at }) => released_at !== null)) {
      violated('a live reservation has all its claims', `${id} is ${status}`);
    }
    if (status === 'pending' && takenAt - Date.parse(expires_at) > SWEPT_WITHIN_MS) {
      violated('every hold has a holder', `reservation ${id} expired at ${expires_at} and was not swept`);
    }
  }
  return violations;
}
