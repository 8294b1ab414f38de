import type pg from 'pg';
import type { SaleSettings } from '../../../config/config.ts';
import { LOCK_NOT_AVAILABLE } from '../../../errors/postgres-failures.ts';
import type { Problem } from '../../../errors/problem.ts';
import type { Outcome } from '../../../idempotency/answer-once.ts';
import { BatchQueue } from '../../../lib/batch-queue.ts';
import type { Tokens } from '../../../waiting-room/types.ts';
import { answerFor, mayDecideAgain } from '../../group-commit/failures.ts';
import { laneOf } from '../../group-commit/lane-of.ts';
import { withConnection } from '../../group-commit/shared-connection.ts';
import type { BatchOutcome, LifecycleRequest } from './request.ts';
import { type Decided, runBatch } from './run-batch.ts';

/** Each has a connection of its own in pools of the usual size. */
const LANES = 2;
/** How long a request waits for its batch to begin. */
const PATIENCE_MS = 5_000;

/** The waiting room, as far as an extension needs it. */
interface Entry {
  /** @returns why each buyer may not go on, if so; a promise if that takes longer than a batch should wait */
  refusals(
    buyers: { eventId: string; userId: string; tokens?: Tokens | undefined }[],
  ): Promise<(Problem | undefined | Promise<Problem | undefined>)[]>;
}

/**
 * Group commit for what becomes of reservations: requests that arrive while a transaction is under way are decided together in the next
 * one. All requests for one event go through one lane; several lanes keep one stuck event from stopping the others.
 *
 * A request that is rare is decided alone, in a transaction of its own, and so are the requests of a batch that failed.
 *
 * @param entry is asked before an extension
 * @param committed is called after each commit
 */
export function createBatches(
  pool: pg.Pool,
  { batchSize, queueCapacity, extendSeconds }: SaleSettings,
  entry: Entry,
  committed: (decided: Decided) => void,
) {
  const limits = { name: 'lifecycle', batchSize, capacity: queueCapacity, patienceMs: PATIENCE_MS };
  const lanes = Array.from(
    { length: LANES },
    () => new BatchQueue<LifecycleRequest, BatchOutcome | Error>(decideAll, limits),
  );

  async function decideAll(requests: LifecycleRequest[]): Promise<(BatchOutcome | Error)[]> {
    // Before the first commit: if it can't be asked, no request of the batch has been decided.
    const outcomes = await outsidersOf(requests);
    const inside = requests.filter((request) => !outcomes.has(request));
    for (const same of Map.groupBy(inside, ({ kind }) => kind).values()) {
      const decided = await decideTogether(same);
      for (const [index, request] of same.entries())
        outcomes.set(request, decided[index] as BatchOutcome | Error);
    }
    return requests.map((request) => outcomes.get(request) as BatchOutcome | Error);
  }

  /** Asks for the entry of extensions. A request whose answer is late is decided alone. */
  async function outsidersOf(
    requests: LifecycleRequest[],
  ): Promise<Map<LifecycleRequest, BatchOutcome | Error>> {
    const asking = requests.filter(({ kind }) => kind === 'extend');
    const refusals = asking.length > 0 ? await entry.refusals(asking) : [];
    const outsiders = new Map<LifecycleRequest, BatchOutcome | Error>();
    for (const [index, request] of asking.entries()) {
      const refusal = refusals[index];
      if (refusal) outsiders.set(request, refusal instanceof Error ? refusal : 'alone');
    }
    return outsiders;
  }

  async function decideTogether(requests: LifecycleRequest[]): Promise<(BatchOutcome | Error)[]> {
    let decided: Decided;
    try {
      decided = await withConnection(pool, (client) => runBatch(client, requests, extendSeconds));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // A lone request has waited for its locks as long as it would alone.
      const isLate = requests.length === 1 && (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE;
      return requests.map(() => (mayDecideAgain(error) && !isLate ? 'alone' : answerFor(error)));
    }
    committed(decided);
    return decided.outcomes;
  }

  return {
    /** @throws Problem SERVICE_UNAVAILABLE if too many requests wait or this one waited too long; PostgreSQL's error if it can't decide */
    async decide(request: LifecycleRequest): Promise<Outcome<object>> {
      const lane = lanes[laneOf(request.eventId, LANES)] as (typeof lanes)[number];
      const outcome = await lane.add(request);
      if (outcome instanceof Error) throw outcome;
      return outcome === 'alone' ? await request.alone() : outcome;
    },
    /** Resolves when no request waits for a batch. */
    async idle(): Promise<void> {
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}
