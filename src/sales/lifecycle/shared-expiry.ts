import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import { type Claim, type Expired, expireInTheWay, type Wanted } from './expire.ts';

/** How long a request waits for its transaction to begin. */
const PATIENCE_MS = 5_000;
/** How long a request waits for a hold that another transaction is working on, and the pause before it looks again. */
const BUSY_MS = 3_000;
const BUSY_PAUSE_MS = 25;

/** What became of the holds in the way of one request. */
interface Found {
  /** Some of them were ended. */
  freed: boolean;
  /** Another transaction is working on some of them. */
  busy: boolean;
  /** There may be others, because only so many holds are ended at once. */
  more: boolean;
  /** Holds were ended, for this request or for another. */
  progress: boolean;
}

export type SharedExpiry = ReturnType<typeof createSharedExpiry>;

/**
 * Ends holds whose time is up for the requests that meet them. When the time of a popular hold is up, a thousand requests meet it at
 * once: for each event one transaction runs at a time, and the requests that come meanwhile share the next one. The one that is under
 * way may have missed the holds in their way.
 *
 * @param expired called after each commit
 */
export function createSharedExpiry(db: Db, expired: (expired: Expired) => void) {
  const events = new Map<string, { queue: BatchQueue<Wanted, Found>; requests: number }>();

  /** Shares a transaction that begins after this call. */
  async function look(eventId: string, wanted: Wanted): Promise<Found> {
    const event = events.get(eventId) ?? { queue: queueOf(eventId), requests: 0 };
    events.set(eventId, event);
    event.requests++;
    try {
      return await event.queue.add(wanted);
    } finally {
      if (--event.requests === 0) events.delete(eventId);
    }
  }

  function queueOf(eventId: string): BatchQueue<Wanted, Found> {
    return new BatchQueue((requests) => endFor(eventId, requests), {
      name: 'overdue holds',
      batchSize: Number.POSITIVE_INFINITY,
      capacity: Number.POSITIVE_INFINITY,
      patienceMs: PATIENCE_MS,
    });
  }

  async function endFor(eventId: string, requests: Wanted[]): Promise<Found[]> {
    const inTheWay = await expireInTheWay(db, eventId, unionOf(requests));
    expired(inTheWay);
    const { changes, holds, busy, more } = inTheWay;
    const freed = {
      seats: new Set(changes.flatMap(({ seats }) => seats.map(({ seatId }) => seatId))),
      stock: new Set(changes.flatMap(({ stock }) => stock.map(({ ticketTypeId }) => ticketTypeId))),
    };
    const kept = {
      seats: new Set(busy.flatMap(({ seat_id }) => seat_id ?? [])),
      stock: new Set(busy.flatMap(({ ticket_type_id }) => ticket_type_id ?? [])),
    };
    return requests.map((wanted) => ({
      freed: concerns(freed, wanted),
      busy: concerns(kept, wanted),
      more,
      progress: holds > 0,
    }));
  }

  /**
   * Ends what is in the way of a request.
   *
   * @returns whether something became free. If not, a refusal is the last word
   * @throws Problem SERVICE_UNAVAILABLE if another transaction kept a hold locked for too long; PostgreSQL's error
   */
  async function makeWay(eventId: string, wanted: Wanted): Promise<boolean> {
    const deadline = performance.now() + BUSY_MS;
    for (;;) {
      const { freed, busy, more, progress } = await look(eventId, wanted);
      if (freed || !(busy || more)) return freed;
      if (!busy && progress) continue;
      if (performance.now() > deadline) throw new Problem('SERVICE_UNAVAILABLE');
      await sleep(BUSY_PAUSE_MS);
    }
  }

  return {
    makeWay,
    /** The same for the claims of a reservation that has expired unpaid, so that a late payment may take them again. */
    async makeWayFor(reservationId: string): Promise<void> {
      const { rows } = await sql<Claim & { event_id: string }>`
        SELECT event_id, seat_id, ticket_type_id FROM reservation_items JOIN reservations ON id = reservation_id
        WHERE reservation_id = ${reservationId} AND released_at IS NOT NULL AND cancelled_quantity < quantity
          AND status = 'expired' AND payment_id IS NULL`.execute(db);
      const [first] = rows;
      if (!first) return;
      const claimed = {
        seatIds: rows.flatMap(({ seat_id }) => seat_id ?? []),
        anySeat: false,
        ticketTypeIds: rows.flatMap(({ ticket_type_id }) => ticket_type_id ?? []),
      };
      // Until no hold is in the way: a payment takes all of its claims again or none.
      while (await makeWay(first.event_id, claimed));
    },
  };
}

function unionOf(requests: Wanted[]): Wanted {
  return {
    seatIds: [...new Set(requests.flatMap(({ seatIds }) => seatIds))],
    anySeat: requests.some(({ anySeat }) => anySeat),
    ticketTypeIds: [...new Set(requests.flatMap(({ ticketTypeIds }) => ticketTypeIds))],
  };
}

function concerns(
  claims: { seats: Set<string>; stock: Set<string> },
  { seatIds, anySeat, ticketTypeIds }: Wanted,
): boolean {
  return (
    (anySeat && claims.seats.size > 0) ||
    seatIds.some((id) => claims.seats.has(id)) ||
    ticketTypeIds.some((id) => claims.stock.has(id))
  );
}
