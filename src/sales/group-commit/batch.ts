import type pg from 'pg';
import { commitWith, orRollBack } from '../../database/round-trip.ts';
import { allOf, arrayOf, type Statement, statement } from '../../database/statements.ts';
import type { Changes, Touched } from '../../realtime/changes.ts';
import { BestSeats } from '../best-available/choose-and-lock.ts';
import type { Chosen } from '../best-available/hall-choices.ts';
import type { Halls } from '../best-available/halls.ts';
import type { BestRequest, HoldOutcome, HoldRequest } from '../hold-request.ts';
import type { KnownLimits } from '../limits.ts';
import { decide, type Writes } from './decide.ts';
import { type Facts, lockFacts, overdueEvents } from './facts.ts';
import { bestRequestsToServe, hopedFacts } from './precheck.ts';

const write = statement<never>(new URL('./sql/write.sql', import.meta.url));
const versions = statement<VersionRow>(new URL('./sql/versions.sql', import.meta.url));

/** How long a batch waits for a lock of another transaction. A lone request waits as long as its connection allows. */
const LOCK_TIMEOUT_MS = { together: 500, carefully: 100 };

const NONE_CHOSEN: ReadonlyMap<BestRequest, Chosen> = new Map();

export interface Batching {
  halls: Halls;
  limits: KnownLimits;
  /** Called after the commit. */
  committed: (changes: Changes[]) => void;
  /** Called when every statement is sent: the next transaction may follow on the same connection. */
  onSent?: () => void;
  /** For requests that failed together: they wait for locks only briefly. */
  careful?: boolean;
}

/**
 * Decides a batch in one transaction and returns after its commit. Every transaction takes the locks that it waits for in one order:
 * users, seats, stock, each by number or id. So no two batches wait for each other.
 *
 * The statements of a round trip are sent together. There are two: one to lock and read, one to write.
 *
 * @param client may still be committing the transaction before this one, but decides no other
 * @throws PostgreSQL's error; in that case nothing of the batch was written
 */
export async function runBatch(
  client: pg.PoolClient,
  requests: HoldRequest[],
  { halls, limits, committed, onSent, careful = false }: Batching,
): Promise<HoldOutcome[]> {
  const best = requests.some(({ kind }) => kind === 'best') ? new BestSeats(halls, requests) : undefined;
  try {
    const { decision, sent } = await orRollBack(client, decideAndSend);
    onSent?.();
    const changes = versioned(decision.touched, await sent);
    // Before the chosen seats are put back, so that the hall never shows them as free in between.
    committed(changes);
    if (best) for (const each of changes) halls.note(each);
    return decision.outcomes;
  } finally {
    best?.end();
  }

  async function decideAndSend() {
    const timeout = careful ? LOCK_TIMEOUT_MS.carefully : LOCK_TIMEOUT_MS.together;
    const alone = requests.length === 1 && !careful;
    const [facts] = await allOf([
      lockFacts(client, requests, limits.defaults, alone ? undefined : timeout),
      // Last, when every lock that is waited for has been asked for.
      best?.guess(
        client,
        bestRequestsToServe(
          requests,
          hopedFacts(requests, (eventId) => limits.of(eventId)),
        ),
      ),
    ]);
    for (const [eventId, event] of facts.events) limits.note(eventId, event.limits);
    const decision = decide(requests, facts, best ? await chooseSeats(best, facts) : NONE_CHOSEN);
    const { writes, touched } = decision;
    const writing = writes.reservations.length + writes.keys.length > 0;
    const sent = commitWith(client, [
      writing && writeStatement(writes),
      touched.length > 0 && versions([arrayOf(touched, ({ eventId }) => eventId)]),
    ]);
    return { decision, sent: sent.then(([, read]) => read) };
  }

  /** Chooses the best seats, and marks requests that found none although a hold whose time is up may have some. */
  async function chooseSeats(choosing: BestSeats, facts: Facts): Promise<Map<BestRequest, Chosen>> {
    const wishes = bestRequestsToServe(requests, facts);
    const chosen = await choosing.choose(client, wishes, facts.seats);
    const soldOut = [...chosen].flatMap(([{ eventId }, choice]) =>
      choice.kind === 'refused' && choice.code === 'SOLD_OUT' ? { eventId, choice } : [],
    );
    if (soldOut.length > 0) {
      const overdue = await overdueEvents(client, new Set(soldOut.map(({ eventId }) => eventId)));
      for (const { eventId, choice } of soldOut) choice.overdue = overdue.has(eventId);
    }
    return chosen;
  }
}

interface VersionRow {
  event_id: string;
  version: number;
  available: number;
}

function versioned(touched: Touched[], rows: VersionRow[]): Changes[] {
  const byEvent = new Map(rows.map((row) => [row.event_id, row]));
  return touched.map((each) => {
    const { version, available } = byEvent.get(each.eventId) as VersionRow;
    return { ...each, from: version - 1, version, availableSeats: available };
  });
}

/** The statement that writes a decision. */
export function writeStatement({ reservations, claims, keys }: Writes): Statement<never> {
  return write([
    arrayOf(reservations, ({ id }) => id),
    arrayOf(reservations, ({ number }) => number),
    arrayOf(reservations, ({ user_id }) => user_id),
    arrayOf(reservations, ({ event_id }) => event_id),
    arrayOf(reservations, ({ total }) => total),
    arrayOf(reservations, ({ holdSeconds }) => holdSeconds),
    arrayOf(claims, ({ reservation_id }) => reservation_id),
    arrayOf(claims, ({ position }) => position),
    arrayOf(claims, ({ seat_id }) => seat_id),
    arrayOf(claims, ({ ticket_type_id }) => ticket_type_id),
    arrayOf(claims, ({ quantity }) => quantity),
    arrayOf(claims, ({ unit_price }) => unit_price),
    JSON.stringify(keys),
  ]);
}
