import type { Standing } from '../../../../src/waiting-room/types.ts';
import type { Claim } from './lost-state.ts';
import type { Shown } from './steps.ts';

/** What somebody was given, with when he came as he saw it. */
type Token = Exclude<Claim, '?' | undefined> & { arrival: number | undefined };

/** Drawn by lot: before all who came later. */
const DRAWN = -1_000;

/** What people take home from a waiting room, and in which order they came. */
export class Guests {
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

  /** @param users those who were placed, as they stand in line now */
  drawn(order: string[], users: string[]): void {
    for (const user of users) {
      const rank = order.indexOf(user);
      this.#arrivals.set(user, rank < 0 ? ++this.#arrived : DRAWN + rank);
    }
  }

  left(user: string): void {
    this.#arrivals.delete(user);
  }

  /** What they have is void, and is shown no more. */
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

  /** When those in line came, as far as they know. */
  arrivalsOf(line: { userId: string }[]): number[] {
    return line.flatMap(({ userId }) => this.#arrivals.get(userId) ?? []);
  }

  /** @returns puts the order back as it was; what was given since stays given */
  snapshot(): () => void {
    const arrivals = [...this.#arrivals];
    return () => {
      this.#arrivals = new Map(arrivals);
    };
  }
}
