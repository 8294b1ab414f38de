import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import { allOf, arrayOf, statement } from '../../database/statements.ts';
import { BestSeats } from '../best-available/choose-seats.ts';
import type { HallCache } from '../best-available/hall-cache.ts';
import type { HoldRequest } from '../hold-request.ts';
import { type Decision, decide, type Writes } from './decide.ts';
import { lockFacts, overdueEvents } from './facts.ts';

const write = statement(new URL('./sql/write.sql', import.meta.url));

/** How long a lock of somebody else is waited for; a lone request waits as long as the connection says. */
const LOCK_TIMEOUT_MS = { together: 500, carefully: 100 };

export interface Batching {
  halls: HallCache;
  settings: SaleSettings;
  /** Called when everything was sent: the next transaction may follow on the same connection. */
  onSent?: () => void;
  /** What failed together waits for nobody for long. */
  careful?: boolean;
}

/**
 * Decides a batch in one transaction and returns after its commit. Locks that are waited for are taken in one order, here and
 * everywhere: users, seats, stock, each in the order of their numbers or ids; so no two batches wait for each other in a circle.
 *
 * The statements go out together and the answers come back together: two round trips, one to know and one to write.
 *
 * @param client on which no other transaction is being decided; one may be on its way to its end
 * @throws what PostgreSQL says; then nothing of the batch was written
 */
export async function runBatch(
  client: pg.PoolClient,
  requests: HoldRequest[],
  { halls, settings, onSent, careful = false }: Batching,
): Promise<Decision> {
  const best = new BestSeats(halls, requests, settings);
  try {
    const { decision, sent } = await decideAndSend().catch(async (error: unknown) => {
      // A connection that is lost is not worth a word: whoever lent it gives it up.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    });
    onSent?.();
    await sent;
    // Before the seats are put back: the picture must never show them free in between.
    for (const changes of decision.changes) halls.note(changes);
    return decision;
  } finally {
    best.end();
  }

  async function decideAndSend() {
    const timeout = careful ? LOCK_TIMEOUT_MS.carefully : LOCK_TIMEOUT_MS.together;
    const alone = requests.length === 1 && !careful;
    const begin = alone ? 'BEGIN' : `BEGIN; SET LOCAL lock_timeout = ${timeout}`;
    const [, facts] = await allOf([
      client.query(begin),
      lockFacts(client, requests, settings),
      // Behind the locks that are waited for, which are all sent by now.
      best.guess(client),
    ]);
    const chosen = await best.choose(client, facts);
    const soldOut = requests.filter((request) => {
      const choice = chosen.get(request);
      return choice?.seatIds === null && choice.why === 'SOLD_OUT';
    });
    const overdue = soldOut.length > 0 ? await overdueEvents(client, soldOut) : new Set<string>();
    const decision = decide(requests, facts, settings, chosen, overdue);
    const { writes } = decision;
    const writing = writes.reservations.length + writes.keys.length > 0;
    // Where the writing is refused, the COMMIT after it is a rollback.
    const sent = allOf([
      writing && client.query(written(writes, settings.holdSeconds)),
      client.query('COMMIT'),
    ]);
    return { decision, sent };
  }
}

/** The statement that writes what was decided. */
export function written({ reservations, claims, keys }: Writes, holdSeconds: number): pg.QueryConfig {
  return write([
    arrayOf(reservations, ({ id }) => id),
    arrayOf(reservations, ({ number }) => number),
    arrayOf(reservations, ({ user_id }) => user_id),
    arrayOf(reservations, ({ event_id }) => event_id),
    arrayOf(reservations, ({ total }) => total),
    holdSeconds,
    arrayOf(claims, ({ reservation_id }) => reservation_id),
    arrayOf(claims, ({ position }) => position),
    arrayOf(claims, ({ seat_id }) => seat_id),
    arrayOf(claims, ({ ticket_type_id }) => ticket_type_id),
    arrayOf(claims, ({ quantity }) => quantity),
    arrayOf(claims, ({ unit_price }) => unit_price),
    JSON.stringify(keys),
  ]);
}
