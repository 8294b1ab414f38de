import type { Standing } from '../../../../src/waiting-room/types.ts';
import type { Claim } from './lost-state.ts';
import type { Shown } from './steps.ts';

/** A proof that a user got, with the order of their arrival at that time. */
type Token = Exclude<Claim, '?' | undefined> & { arrival: number | undefined };

/** The arrival of drawn users is before all later ones. */
const DRAWN = -1_000;

/** The proofs that users keep, and the order in which they came. */
export class Visitors {
  #tokens = new Map<string, Token[]>();
  #arrivals = new Map<string, number>();
  #arrived = 0;

  /**
   * @param claim what the user showed, and whether that brought them back
   * @param at ms
   */
  told(
    user: string,
    { state, sequence, joined }: Standing,
    { claim, restored }: { claim: Claim; restored: boolean },
    at: number,
  ): void {
    if (state !== 'waiting') this.#arrivals.delete(user);
    else if (joined) this.#arrivals.set(user, ++this.#arrived);
    else if (restored) this.#arrivals.set(user, (claim as Token).arrival as number);
    if (state === 'outside' || state === 'claim') return;
    const token: Token = {
      kind: state === 'inside' ? 'inside' : 'waiting',
      at,
      sequence,
      arrival: this.#arrivals.get(user),
    };
    this.#tokens.set(user, [...(this.#tokens.get(user) ?? []), token]);
  }

  /** @param users the placed users, as they stand in line now */
  drawn(order: string[], users: string[]): void {
    for (const user of users) {
      const rank = order.indexOf(user);
      this.#arrivals.set(user, rank < 0 ? ++this.#arrived : DRAWN + rank);
    }
  }

  left(user: string): void {
    this.#arrivals.delete(user);
  }

  /** Voids all proofs. They are not shown any more. */
  cleared(): void {
    this.#arrivals.clear();
    this.#tokens.clear();
  }

  shown(user: string, shows: Shown): Claim {
    if (shows === 'nothing') return undefined;
    if (shows === '?') return '?';
    const kind = shows.endsWith('pass') ? 'inside' : 'waiting';
    const tokens = (this.#tokens.get(user) ?? []).filter((token) => token.kind === kind);
    return tokens.at(shows.startsWith('last') ? -1 : 0);
  }

  /** The arrivals of the users in line, as far as they are known. */
  arrivalsOf(line: { userId: string }[]): number[] {
    return line.flatMap(({ userId }) => this.#arrivals.get(userId) ?? []);
  }

  /** @returns restores the order of now. Users keep the proofs that they got since. */
  snapshot(): () => void {
    const arrivals = [...this.#arrivals];
    return () => {
      this.#arrivals = new Map(arrivals);
    };
  }
}
