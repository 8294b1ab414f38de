import type { ServerEventPayloads } from '../contract/socket-types.ts';
import type { RefreshToken, Token } from './session.ts';

/** The latest proofs of a place in the waiting room of an event. */
interface Proofs {
  pass?: string;
  ticket?: string;
}

const shared = new WeakMap<object, Places>();

/** Keeps the proofs of a user's place in each waiting room. With them the place survives a loss of the service's memory. */
export class Places {
  readonly #byEvent = new Map<string, Proofs>();

  /** Client and socket share their places if they get their token from the same function. */
  static of(token: Token | undefined, refresh: RefreshToken | undefined): Places {
    const owner = typeof token === 'function' ? token : refresh;
    if (owner === undefined) return new Places();
    const places = shared.get(owner) ?? new Places();
    shared.set(owner, places);
    return places;
  }

  proofs(eventId: string): Proofs {
    return this.#byEvent.get(eventId) ?? {};
  }

  headers(eventId: string): Record<string, string> {
    const { pass, ticket } = this.proofs(eventId);
    return {
      ...(pass !== undefined && { 'x-queue-pass': pass }),
      ...(ticket !== undefined && { 'x-queue-ticket': ticket }),
    };
  }

  /** An answer without proofs replaces none: the service returns none while it does not know the place. */
  note(eventId: string, { pass, ticket }: Proofs): void {
    if (pass === undefined && ticket === undefined) return;
    this.#byEvent.set(eventId, {
      ...(pass !== undefined && { pass }),
      ...(ticket !== undefined && { ticket }),
    });
  }

  forget(eventId: string): void {
    this.#byEvent.delete(eventId);
  }
}

/**
 * Computes the position in line (1 is next) without a request, from the user's own `sequence`, which `checkQueue` returned, and the
 * latest `queue-updated`. Users ahead who have left may still be counted, so the true position is this one or a better one.
 */
export function positionInLine(
  sequence: number,
  { servedSeq, queueSize }: Pick<ServerEventPayloads['queue-updated'], 'servedSeq' | 'queueSize'>,
): number {
  return Math.max(1, Math.min(sequence - servedSeq, queueSize));
}
