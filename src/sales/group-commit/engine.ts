import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import type { Changes } from '../../realtime/changes.ts';
import type { HallCache } from '../best-available/hall-cache.ts';
import type { HoldOutcome, HoldRequest } from '../hold-request.ts';
import { type Expired, expireInTheWay, type InTheWay } from '../lifecycle/expire.ts';
import { runBatch } from './batch.ts';
import type { Decision } from './decide.ts';
import { isRefusal, SharedConnection, withConnection } from './shared-connection.ts';

/** What PostgreSQL says when it can't do anything at all: connections, resources, system, and inner errors. */
const SICK = /^(08|53|58|XX)/;

/** How long the parts of a batch that failed are tried. */
const APART_MS = 2_000;

/** How long a request waits for its turn, and how long one that met a crowd asks again. */
const PATIENCE_MS = 5_000;

/** Between two attempts of a request that met a crowd; a decision takes a few ms. */
const CROWDED_PAUSE_MS = 15;

/** A outcome that is the last word. */
export type FinalOutcome = Exclude<HoldOutcome, { kind: 'crowded' }>;

export interface Engine {
  /** @throws Problem SERVICE_UNAVAILABLE when too many wait or it waited too long; what PostgreSQL says when it can't decide */
  decide(request: HoldRequest): Promise<FinalOutcome>;
  /** Hold requests whose batch has not begun. */
  waiting(): number;
  idle(): Promise<void>;
}

/** Hears of what the engine does, after each commit. */
export interface Listener {
  changed(changes: Changes[]): void;
  expired(expired: Expired): void;
  /** A transaction is over, well or not. */
  decided(requests: number, ms: number): void;
}

/**
 * Group commit for requests: all that come while a transaction is under way are decided in the next one. All requests of one
 * event go through one lane; several lanes keep one stuck event from stopping the others.
 *
 * @param pool has a connection for each lane, and one more
 */
export function createEngine(
  pool: pg.Pool,
  db: Db,
  halls: HallCache,
  settings: SaleSettings,
  listener: Listener,
): Engine {
  const limits = {
    batchSize: settings.batchSize,
    capacity: settings.queueCapacity,
    patienceMs: PATIENCE_MS,
  };
  const lanes = Array.from({ length: settings.lanes }, () => {
    const connection = new SharedConnection(pool);
    return new BatchQueue<HoldRequest, HoldOutcome | Error>(
      (requests, goOn) => decideTogether(connection, requests, goOn),
      limits,
    );
  });

  function laneOf(eventId: string): BatchQueue<HoldRequest, HoldOutcome | Error> {
    return lanes[Number.parseInt(eventId.slice(0, 8), 16) % lanes.length] as (typeof lanes)[number];
  }

  async function decideTogether(
    connection: SharedConnection,
    requests: HoldRequest[],
    goOn: () => void,
  ): Promise<(HoldOutcome | Error)[]> {
    const work = connection.use((client) => runBatch(client, requests, { halls, settings, onSent: goOn }));
    const decision = await measured(requests, work).catch(toError);
    if (!(decision instanceof Error)) return told(decision);
    if (!isRolledBack(decision)) return requests.map(() => inDoubt(decision));
    goOn();
    return await decideApart(requests, performance.now() + APART_MS);
  }

  /**
   * One of them made the batch fail: event by event, and halved until it is alone, so that the others don't suffer for it. On a
   * connection of their own, for the lane goes on meanwhile; and not for long, for others may need that one.
   */
  async function decideApart(requests: HoldRequest[], deadline: number): Promise<(HoldOutcome | Error)[]> {
    const outcomes = new Map<HoldRequest, HoldOutcome | Error>();
    for (const part of partsOf(requests)) {
      const found = await decidePart(part, deadline);
      for (const [index, request] of part.entries())
        outcomes.set(request, found[index] as HoldOutcome | Error);
    }
    return requests.map((request) => outcomes.get(request) as HoldOutcome | Error);
  }

  async function decidePart(part: HoldRequest[], deadline: number): Promise<(HoldOutcome | Error)[]> {
    if (performance.now() > deadline) return part.map(() => new Problem('SERVICE_UNAVAILABLE'));
    const work = withConnection(pool, (client) => runBatch(client, part, { halls, settings, careful: true }));
    const decision = await measured(part, work).catch(toError);
    if (!(decision instanceof Error)) return told(decision);
    if (!isRolledBack(decision)) return part.map(() => inDoubt(decision));
    return part.length > 1 ? await decideApart(part, deadline) : [decision];
  }

  async function measured(requests: HoldRequest[], work: Promise<Decision>): Promise<Decision> {
    const begun = performance.now();
    return await work.finally(() => listener.decided(requests.length, performance.now() - begun));
  }

  function told({ outcomes, changes }: Decision): HoldOutcome[] {
    listener.changed(changes);
    return outcomes;
  }

  /** Those who met others at the last seats ask again: a seat that was locked for a moment may be free after all. */
  async function judge(request: HoldRequest): Promise<FinalOutcome> {
    for (const deadline = performance.now() + PATIENCE_MS; ; ) {
      const outcome = await laneOf(request.eventId).add(request);
      if (outcome instanceof Error) throw outcome;
      if (outcome.kind !== 'crowded') return outcome;
      if (performance.now() > deadline) throw new Problem('SERVICE_UNAVAILABLE');
      await sleep(CROWDED_PAUSE_MS);
    }
  }

  return {
    async decide(request) {
      for (;;) {
        const outcome = await judge(request);
        if (outcome.kind !== 'refused' || !outcome.overdue) return outcome;
        // A hold that is over is over, swept or not: end those that stand in the way, and decide once more.
        const expired = await expireInTheWay(db, claimsWanted(request));
        listener.expired(expired);
        if (expired.holds === 0) return await judge({ ...request, final: true });
      }
    },
    waiting: () => lanes.reduce((sum, lane) => sum + lane.waiting, 0),
    async idle() {
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}

function claimsWanted(request: HoldRequest): InTheWay {
  if (request.kind === 'seats') return { seatIds: request.seatIds };
  if (request.kind === 'best') return { seatsOfEvent: request.eventId };
  return { ticketTypeIds: request.items.map(({ ticketTypeId }) => ticketTypeId) };
}

/**
 * PostgreSQL has refused something, and is well: the transaction is rolled back, and may be tried again. After any other error nobody
 * knows whether it was committed, and deciding it again could sell twice.
 */
function isRolledBack(error: Error): boolean {
  return isRefusal(error) && !SICK.test(String((error as { code?: unknown }).code));
}

/** Of a connection that broke nobody knows what became of it: the answer is to ask again, and with a key that is safe. */
function inDoubt(cause: Error): Error {
  const ofTheSystem =
    typeof (cause as NodeJS.ErrnoException).code === 'string' && !(cause instanceof Problem);
  return ofTheSystem ? new Problem('SERVICE_UNAVAILABLE', { cause }) : cause;
}

/** Of several events, those of one each, the smaller ones first; of one event, halves. */
function partsOf(requests: HoldRequest[]): HoldRequest[][] {
  const byEvent = [...Map.groupBy(requests, ({ eventId }) => eventId).values()];
  if (byEvent.length > 1) return byEvent.sort((a, b) => a.length - b.length);
  const middle = requests.length >> 1;
  return middle === 0 ? [requests] : [requests.slice(0, middle), requests.slice(middle)];
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
