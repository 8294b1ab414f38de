import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../errors/problem.ts';
import { LinkLost } from '../plugins/peers/link.ts';
import type { Peers } from '../plugins/peers/peers.ts';
import type { Engine } from './group-commit/engine.ts';
import type { HoldOutcome, HoldRequest } from './hold-request.ts';

/** A question that waited longer is refused: the buyer has an answer by now, if the worker hung. The other worker has the same clock. */
const PATIENCE_MS = 5_000;
/** What PostgreSQL needs to end the transaction of a process that was killed, and more. */
const ATTEMPTS = 20;
const PAUSE_MS = 50;

interface Question {
  request: HoldRequest;
  /** When it was asked. */
  at: number;
}

/**
 * Lets one of several workers, the owner of an event, decide its holds: their batches are as large as those of one process, and don't
 * wait for each other's lock on the event. PostgreSQL keeps every sale exact, so any worker may decide instead of one that hangs,
 * stops or has ended.
 */
export function byOwner(engine: Engine, peers: Peers): Engine {
  peers.answer('hold', async (question) => {
    const { request, at } = question as Question;
    if (Date.now() > at + PATIENCE_MS) throw new Problem('SERVICE_UNAVAILABLE');
    return await engine.decide(request);
  });

  /** The worker that was asked may have decided, and its transaction may still be about to end. The key keeps its answer. */
  async function decideAgain(request: HoldRequest): Promise<HoldOutcome> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await engine.decide(request);
      const isInFlight = outcome.kind === 'refused' && outcome.code === 'IDEMPOTENCY_IN_FLIGHT';
      if (!isInFlight || attempt === ATTEMPTS) return outcome;
      await sleep(PAUSE_MS);
    }
  }

  return {
    ...engine,
    async decide(request) {
      const owner = peers.ownerOf(request.eventId);
      if (!owner) return await engine.decide(request);
      try {
        return (await owner.ask('hold', { request, at: Date.now() } satisfies Question)) as HoldOutcome;
      } catch (error) {
        // Without a key it could be sold a second time.
        if (error instanceof LinkLost && request.idempotency) return await decideAgain(request);
        throw error;
      }
    },
  };
}
