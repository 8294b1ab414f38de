import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import { Problem } from '../../errors/problem.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import type { Changes } from '../../realtime/changes.ts';
import type { Halls } from '../best-available/halls.ts';
import type { HoldOutcome, HoldRequest } from '../hold-request.ts';
import { KnownLimits } from '../limits.ts';
import { runBatch } from './batch.ts';
import { answerFor, mayDecideAgain } from './failures.ts';
import { laneOf } from './lane-of.ts';
import { SharedConnection, withConnection } from './shared-connection.ts';

/** How long the requests of a failed batch are tried in smaller parts. */
const APART_MS = 2_000;

/** How long a request waits for its batch to begin. */
const PATIENCE_MS = 5_000;

export interface Engine {
  /** @throws Problem SERVICE_UNAVAILABLE if too many requests wait or this one waited too long; PostgreSQL's error if it can't decide */
  decide(request: HoldRequest): Promise<HoldOutcome>;
  /** How many requests wait for their batch to begin. */
  waiting(): number;
  /** Resolves when every request is decided. */
  idle(): Promise<void>;
}

/** The waiting room, as far as a batch needs it. */
export interface Entry {
  /** @returns why each request may not go on, if so; a promise if that takes longer than a batch should wait */
  refusals(requests: HoldRequest[]): Promise<(Problem | undefined | Promise<Problem | undefined>)[]>;
}

/** A request whose entry takes longer than its batch. It is decided in a later one. */
interface Entering {
  kind: 'entering';
  refusal: Promise<Problem | undefined>;
}

type LaneOutcome = HoldOutcome | Error | Entering;

/** Hears of what the engine does, after each commit. */
export interface Listener {
  changed(changes: Changes[]): void;
  /** A transaction has ended, well or not. */
  decided(requests: number, ms: number): void;
}

/**
 * Group commit: requests that arrive while a transaction is under way are decided together in the next one. All requests for one event
 * go through one lane; several lanes keep one stuck event from stopping the others.
 *
 * @param pool has one connection for each lane, and one more
 */
export function createEngine(
  pool: pg.Pool,
  halls: Halls,
  settings: SaleSettings,
  entry: Entry,
  listener: Listener,
): Engine {
  const queue = {
    name: 'holds',
    batchSize: settings.batchSize,
    capacity: settings.queueCapacity,
    patienceMs: PATIENCE_MS,
  };
  const batching = {
    halls,
    limits: new KnownLimits(settings),
    committed: (changes: Changes[]) => listener.changed(changes),
  };
  /** The requests that wait for their entry apart from the lanes. */
  const entering = new Set<Promise<unknown>>();
  const lanes = Array.from({ length: settings.lanes }, () => {
    const connection = new SharedConnection(pool);
    return new BatchQueue<HoldRequest, LaneOutcome>(
      (requests, goOn) => decideInside(requests, (inside) => decideTogether(connection, inside, goOn)),
      queue,
    );
  });

  /** Asks for entry before the transaction begins: a batch that waited for Redis in it would hold row locks meanwhile. */
  async function decideInside(
    requests: HoldRequest[],
    decide: (inside: HoldRequest[]) => Promise<(HoldOutcome | Error)[]>,
  ): Promise<LaneOutcome[]> {
    const asking = requests.filter(({ entered }) => !entered);
    const answers = (await entry.refusals(asking)).values();
    const refusals = requests.map(({ entered }) => (entered ? undefined : answers.next().value));
    const inside = requests.filter((_, index) => refusals[index] === undefined);
    const outcomes = inside.length > 0 ? (await decide(inside)).values() : [].values();
    return refusals.map((refusal) => {
      if (refusal === undefined) return outcomes.next().value as HoldOutcome | Error;
      return refusal instanceof Promise ? { kind: 'entering', refusal } : refusal;
    });
  }

  /** Waits for the entry of a request apart from the lane, which goes on meanwhile. */
  async function enter(refusal: Promise<Problem | undefined>): Promise<void> {
    if (entering.size >= settings.queueCapacity) throw new Problem('SERVICE_UNAVAILABLE');
    const waiting = refusal.finally(() => entering.delete(waiting));
    entering.add(waiting);
    const refused = await waiting;
    if (refused) throw refused;
  }

  async function decideTogether(
    connection: SharedConnection,
    requests: HoldRequest[],
    goOn: () => void,
  ): Promise<(HoldOutcome | Error)[]> {
    const decided = await outcomesOf(
      requests,
      connection.use((client) => runBatch(client, requests, { ...batching, onSent: goOn })),
    );
    if (!(decided instanceof Error)) return decided;
    if (!mayDecideAgain(decided)) return requests.map(() => answerFor(decided));
    // One of them made the batch fail. The lane goes on while they are tried apart.
    goOn();
    return await decideApart(requests);
  }

  /**
   * Decides the requests of a failed batch event by event, and halves each part that fails, so that the others don't suffer for the one
   * that made it fail. It uses the one connection that belongs to no lane, and not for long, because other lanes may need it.
   */
  async function decideApart(requests: HoldRequest[]): Promise<(HoldOutcome | Error)[]> {
    const deadline = performance.now() + APART_MS;
    const outcomes = new Map<HoldRequest, HoldOutcome | Error>();
    const parts = partsOf(requests);
    for (let part = parts.shift(); part; part = parts.shift()) {
      const decided =
        performance.now() > deadline ? new Problem('SERVICE_UNAVAILABLE') : await decidePart(part);
      if (decided instanceof Error && mayDecideAgain(decided) && part.length > 1) {
        parts.unshift(...partsOf(part));
        continue;
      }
      for (const [index, request] of part.entries())
        outcomes.set(
          request,
          decided instanceof Error ? answerFor(decided) : (decided[index] as HoldOutcome),
        );
    }
    return requests.map((request) => outcomes.get(request) as HoldOutcome | Error);
  }

  function decidePart(requests: HoldRequest[]): Promise<HoldOutcome[] | Error> {
    return outcomesOf(
      requests,
      withConnection(pool, (client) => runBatch(client, requests, { ...batching, careful: true })),
    );
  }

  /** Measures a transaction. An error is returned, for the caller to decide what becomes of it. */
  async function outcomesOf(
    requests: HoldRequest[],
    transaction: Promise<HoldOutcome[]>,
  ): Promise<HoldOutcome[] | Error> {
    const begun = performance.now();
    const outcomes = await transaction.catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    listener.decided(requests.length, performance.now() - begun);
    return outcomes;
  }

  return {
    async decide(request) {
      const lane = lanes[laneOf(request.eventId, lanes.length)] as (typeof lanes)[number];
      let outcome = await lane.add(request);
      while (!(outcome instanceof Error) && outcome.kind === 'entering') {
        await enter(outcome.refusal);
        outcome = await lane.add({ ...request, entered: true });
      }
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    waiting: () => lanes.reduce((sum, lane) => sum + lane.waiting, entering.size),
    async idle() {
      do {
        await Promise.allSettled(entering);
        // Those who have entered are in their lane again by the next turn.
        await nextTurn();
        await Promise.all(lanes.map((lane) => lane.idle()));
      } while (entering.size > 0);
    },
  };
}

/** Splits by event, smaller parts first; the requests for one event into halves. */
function partsOf(requests: HoldRequest[]): HoldRequest[][] {
  const byEvent = [...Map.groupBy(requests, ({ eventId }) => eventId).values()];
  if (byEvent.length > 1) return byEvent.sort((a, b) => a.length - b.length);
  const middle = requests.length >> 1;
  return middle === 0 ? [requests] : [requests.slice(0, middle), requests.slice(middle)];
}
