import type { ServerEventPayloads } from '../contract/socket-types.ts';
import type { RefreshToken, Token } from './session.ts';

/** What the service gave last to show for a place in the waiting room of an event. */
interface Proofs {
  pass?: string;
  ticket?: string;
}

const shared = new WeakMap<object, Places>();

/** Keeps what shows for a user's place in each waiting room: with it, the place outlives whatever happens to the service. */
export class Places {
  readonly #byEvent = new Map<string, Proofs>();

  /** Those that client and socket share, where they are given the same function to get their token. */
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

  /** An answer without either takes nothing away: the service gives none while it can't tell. */
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
 * The position in line (1 is next), without asking the service: from one's own `sequence`, which `checkQueue` gave, and the latest
 * `queue-updated`. Those who left from further ahead may be counted still, so the true position is this or a better one.
 */
export function positionInLine(
  sequence: number,
  { servedSeq, queueSize }: Pick<ServerEventPayloads['queue-updated'], 'servedSeq' | 'queueSize'>,
): number {
  return Math.max(1, Math.min(sequence - servedSeq, queueSize));
}
