import type pg from 'pg';
import { roundTrip } from '../../../database/round-trip.ts';
import type { PaymentStatus, ReservationStatus } from '../../../database/schema.ts';
import { arrayOf, arrayOfTexts, statement } from '../../../database/statements.ts';
import type { KeptAnswer } from '../../../idempotency/kept-answer.ts';
import { keyLock, pairKey } from '../../../idempotency/lock-names.ts';
import { BEGIN, limitWaits, lockKeys, lockUsers, withAskers } from '../../group-commit/locks.ts';
import type { LifecycleRequest } from './request.ts';

/** What a request is decided on: its reservation, which is locked, with its event and its payment. See `sql/facts.sql`. */
export interface Facts {
  status: ReservationStatus;
  total_amount: number;
  payment_id: string | null;
  payment_status: PaymentStatus;
  refund_due: boolean;
  confirmed: boolean;
  extended: boolean;
  refunded: boolean;
  over: boolean;
  begun: boolean;
  extended_until: string | null;
  used: boolean;
  kept: KeptAnswer | null;
  /** Another transaction is answering a request with the same key. The reservation is not locked then. */
  busy: boolean;
}

const statements = {
  lockReservations: statement(new URL('./sql/lock-reservations.sql', import.meta.url)),
  facts: statement<Omit<Facts, 'busy'>>(new URL('./sql/facts.sql', import.meta.url)),
};

/**
 * How long a batch waits for a lock of another transaction. After that its requests are decided alone. A lone request waits as long as
 * its connection allows, and keeps the lock of its key meanwhile.
 */
const LOCK_TIMEOUT_MS = 500;

/**
 * Begins the transaction, and locks and reads what the requests are about. All statements are sent at once, and PostgreSQL runs them in
 * this order: the keys, without waiting; payments and users; the reservations, in the order of their ids; then what to decide on.
 *
 * @param extendSeconds what an extension adds, unless the event says otherwise
 * @returns the facts for each request, in order
 */
export async function lockFacts(
  client: pg.PoolClient,
  requests: LifecycleRequest[],
  extendSeconds: number,
): Promise<Facts[]> {
  const keys = requests.map(({ userId, idempotency }) => idempotency && keyLock(userId, idempotency.key));
  const locks = keys.flatMap((name, asker) => (name === undefined ? [] : { asker, name }));
  const names = requests.flatMap((request, asker) => namesOf(request).map((name) => ({ name, asker })));
  const asked = requests.map((request) => ({
    id: request.reservationId,
    user_id: request.userId,
    key: request.idempotency?.key,
    payment_id: request.kind === 'confirm' ? request.payment.paymentId : undefined,
  }));
  const [, , locked, , , rows] = await roundTrip(client, [
    BEGIN,
    requests.length > 1 && limitWaits(LOCK_TIMEOUT_MS),
    locks.length > 0 && lockKeys([JSON.stringify(locks)]),
    names.length > 0 &&
      lockUsers([arrayOfTexts(names.map(({ name }) => name)), arrayOf(names, ({ asker }) => asker)]),
    statements.lockReservations(withAskers(requests.map(({ reservationId: id }, asker) => ({ id, asker })))),
    statements.facts([JSON.stringify(asked), extendSeconds]),
  ]);
  const busy = new Set(locked[0]?.busy);
  return rows.map((row, index) => ({ ...row, busy: busy.has(keys[index] ?? '') }));
}

/**
 * One payment must not pay two reservations at once. A batch of holds that counts the claims of a user at this moment must not take one
 * for expired that is paid or gets more time, and grant others in its place.
 */
function namesOf(request: LifecycleRequest): string[] {
  if (request.kind === 'cancel') return [];
  const owner = pairKey(request.ownerId, request.eventId);
  return request.kind === 'confirm' ? [`payment/${request.payment.paymentId}`, owner] : [owner];
}
