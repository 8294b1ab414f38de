import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { tracing } from './tracing/tracing.ts';

/** For the requests in progress, the sockets and the pools. */
const CLOSE_WITHIN_MS = 10_000;
/** The same in a hurry. */
const HURRIED_MS = 1_000;
/** For the embedded servers, of which PostgreSQL writes a checkpoint. They also end later, without this process. */
const BACKENDS_WITHIN_MS = 3_000;

/** An instance, or the workers that are instances. */
export type Stoppable = Pick<FastifyInstance, 'stopping'> & { close(): PromiseLike<unknown> };

interface Stop {
  /** Unless the start has not come so far; the same for `backends`. */
  app: Stoppable | undefined;
  backends: { stop(): Promise<void> } | undefined;
  /** How long to serve on after a load balancer was told, by `/health/ready`, to send no more. */
  delayMs: number;
  /** Ends the delay at once, and requests in progress soon. */
  hurry: AbortSignal;
  /** For the close, if it has limits of its own for an order and a hurry. */
  closeWithinMs?: number;
  log: Pick<FastifyBaseLogger, 'info' | 'error'>;
}

/**
 * Serves on for the delay, refuses new connections, finishes the requests in progress, closes sockets and pools, sends the spans that are
 * left, and ends the embedded servers. A step that fails or takes too long keeps no other from its turn.
 *
 * @returns the exit code of the process
 */
export async function stop({ app, backends, delayMs, hurry, closeWithinMs, log }: Stop): Promise<number> {
  if (app) {
    app.stopping.begun = true;
    await sleep(delayMs, undefined, { signal: hurry }).catch(() => undefined);
  }

  async function step(
    what: string,
    work: () => PromiseLike<unknown> | undefined,
    limit: Promise<unknown>,
  ): Promise<boolean> {
    const late = limit.then(() => Promise.reject(new Error('it took too long')));
    try {
      await Promise.race([work(), late]);
      return true;
    } catch (error) {
      log.error({ err: error }, `${what} did not end in order`);
      return false;
    }
  }
  const limit = closeWithinMs
    ? sleep(closeWithinMs)
    : sleep(CLOSE_WITHIN_MS, undefined, { signal: hurry }).catch(() => sleep(HURRIED_MS));
  const closed = await step('the service', () => app?.close(), limit);
  await tracing?.end();
  const ended = await step('the embedded servers', () => backends?.stop(), sleep(BACKENDS_WITHIN_MS));
  if (!closed || !ended) return 1;
  log.info('stopped');
  return 0;
}
