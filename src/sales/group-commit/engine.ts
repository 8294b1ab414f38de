import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import type { Changes } from '../../realtime/changes.ts';
import type { Halls } from '../best-available/hall-cache.ts';
import type { Demand, Verdict } from '../hold-request.ts';
import { type Expired, expireInTheWay, type InTheWay } from '../lifecycle/expire.ts';
import { runBatch } from './batch.ts';
import type { Decision } from './decide.ts';
import { isRefusal, SharedConnection, withConnection } from './shared-connection.ts';

/** What PostgreSQL says when it can't do anything at all: connections, resources, system, and inner errors. */
const SICK = /^(08|53|58|XX)/;

/** How long the parts of a batch that failed are tried. */
const APART_MS = 2_000;

/** How long a demand waits for its turn, and how long one that met a crowd asks again. */
const PATIENCE_MS = 5_000;

/** Between two attempts of a demand that met a crowd; a decision takes a few ms. */
const CROWDED_PAUSE_MS = 15;

/** A verdict that is the last word. */
export type FinalVerdict = Exclude<Verdict, { kind: 'crowded' }>;

export interface Engine {
  /** @throws Problem SERVICE_UNAVAILABLE when too many wait or it waited too long; what PostgreSQL says when it can't decide */
  submit(demand: Demand): Promise<FinalVerdict>;
  /** Demands whose batch has not begun. */
  waiting(): number;
  idle(): Promise<void>;
}

/** Hears of what the engine does, after each commit. */
export interface Listener {
  changed(changes: Changes[]): void;
  expired(expired: Expired): void;
  /** A transaction is over, well or not. */
  decided(demands: number, ms: number): void;
}

/**
 * Group commit for demands: all that come while a transaction is under way are decided in the next one. All demands of one
 * event go through one lane; several lanes keep one stuck event from stopping the others.
 *
 * @param pool has a connection for each lane, and one more
 */
export function createEngine(
  pool: pg.Pool,
  db: Db,
  halls: Halls,
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
    return new BatchQueue<Demand, Verdict | Error>(
      (demands, goOn) => decideTogether(connection, demands, goOn),
      limits,
    );
  });

  function laneOf(eventId: string): BatchQueue<Demand, Verdict | Error> {
    return lanes[Number.parseInt(eventId.slice(0, 8), 16) % lanes.length] as (typeof lanes)[number];
  }

  async function decideTogether(
    connection: SharedConnection,
    demands: Demand[],
    goOn: () => void,
  ): Promise<(Verdict | Error)[]> {
    const work = connection.use((client) => runBatch(client, demands, { halls, settings, onSent: goOn }));
    const decision = await measured(demands, work).catch(toError);
    if (!(decision instanceof Error)) return told(decision);
    if (!isRolledBack(decision)) return demands.map(() => inDoubt(decision));
    goOn();
    return await decideApart(demands, performance.now() + APART_MS);
  }

  /**
   * One of them made the batch fail: event by event, and halved until it is alone, so that the others don't suffer for it. On a
   * connection of their own, for the lane goes on meanwhile; and not for long, for others may need that one.
   */
  async function decideApart(demands: Demand[], deadline: number): Promise<(Verdict | Error)[]> {
    const outcomes = new Map<Demand, Verdict | Error>();
    for (const part of partsOf(demands)) {
      const found = await decidePart(part, deadline);
      for (const [index, demand] of part.entries()) outcomes.set(demand, found[index] as Verdict | Error);
    }
    return demands.map((demand) => outcomes.get(demand) as Verdict | Error);
  }

  async function decidePart(part: Demand[], deadline: number): Promise<(Verdict | Error)[]> {
    if (performance.now() > deadline) return part.map(() => new Problem('SERVICE_UNAVAILABLE'));
    const work = withConnection(pool, (client) => runBatch(client, part, { halls, settings, careful: true }));
    const decision = await measured(part, work).catch(toError);
    if (!(decision instanceof Error)) return told(decision);
    if (!isRolledBack(decision)) return part.map(() => inDoubt(decision));
    return part.length > 1 ? await decideApart(part, deadline) : [decision];
  }

  async function measured(demands: Demand[], work: Promise<Decision>): Promise<Decision> {
    const begun = performance.now();
    return await work.finally(() => listener.decided(demands.length, performance.now() - begun));
  }

  function told({ verdicts, changes }: Decision): Verdict[] {
    listener.changed(changes);
    return verdicts;
  }

  /** Those who met others at the last seats ask again: a seat that was locked for a moment may be free after all. */
  async function judge(demand: Demand): Promise<FinalVerdict> {
    for (const deadline = performance.now() + PATIENCE_MS; ; ) {
      const verdict = await laneOf(demand.eventId).add(demand);
      if (verdict instanceof Error) throw verdict;
      if (verdict.kind !== 'crowded') return verdict;
      if (performance.now() > deadline) throw new Problem('SERVICE_UNAVAILABLE');
      await sleep(CROWDED_PAUSE_MS);
    }
  }

  return {
    async submit(demand) {
      for (;;) {
        const verdict = await judge(demand);
        if (verdict.kind !== 'refused' || !verdict.overdue) return verdict;
        // A hold that is over is over, swept or not: end those that stand in the way, and decide once more.
        const expired = await expireInTheWay(db, claimsWanted(demand));
        listener.expired(expired);
        if (expired.holds === 0) return await judge({ ...demand, final: true });
      }
    },
    waiting: () => lanes.reduce((sum, lane) => sum + lane.waiting, 0),
    async idle() {
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}

function claimsWanted(demand: Demand): InTheWay {
  if (demand.kind === 'seats') return { seatIds: demand.seatIds };
  if (demand.kind === 'best') return { seatsOfEvent: demand.eventId };
  return { ticketTypeIds: demand.items.map(({ ticketTypeId }) => ticketTypeId) };
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
function partsOf(demands: Demand[]): Demand[][] {
  const byEvent = [...Map.groupBy(demands, ({ eventId }) => eventId).values()];
  if (byEvent.length > 1) return byEvent.sort((a, b) => a.length - b.length);
  const middle = demands.length >> 1;
  return middle === 0 ? [demands] : [demands.slice(0, middle), demands.slice(middle)];
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
