import type { State } from '../../src/queue/commands.ts';

/** The waiting room as plainly as it can be said: an array for the line, a map for the people inside, a clock. */
export class WaitingRoomModel {
  readonly #threshold: number;
  readonly #ttl: number;
  #now = 0;
  #line: { user: string; seen: number }[] = [];
  readonly #inside = new Map<string, number>();

  constructor(threshold: number, ttlSeconds: number) {
    this.#threshold = threshold;
    this.#ttl = ttlSeconds;
  }

  get waiting(): string[] {
    return this.#line.map(({ user }) => user);
  }

  get inside(): string[] {
    return [...this.#inside.keys()].sort();
  }

  timePasses(seconds: number): void {
    this.#now += seconds;
    for (const [user, until] of this.#inside) if (until <= this.#now) this.#inside.delete(user);
    this.#line = this.#line.filter(({ seen }) => seen > this.#now - this.#ttl);
  }

  check(user: string, joins: boolean): State {
    if (this.contact(user) !== 'outside') return this.contact(user);
    if (this.#line.length === 0 && this.#inside.size < this.#threshold) this.#enter(user);
    else if (joins) this.#line.push({ user, seen: this.#now });
    return this.contact(user);
  }

  contact(user: string): State {
    if (this.#inside.has(user)) {
      this.#enter(user);
      return 'inside';
    }
    const place = this.#line.find((each) => each.user === user);
    if (!place) return 'outside';
    place.seen = this.#now;
    return 'waiting';
  }

  leave(user: string): boolean {
    const state = this.contact(user);
    this.#inside.delete(user);
    this.#line = this.#line.filter((each) => each.user !== user);
    return state !== 'outside';
  }

  admit(): string[] {
    const room = Math.max(0, this.#threshold - this.#inside.size);
    const admitted = this.#line.splice(0, room).map(({ user }) => user);
    for (const user of admitted) this.#enter(user);
    return admitted;
  }

  clear(): number {
    const people = this.#line.length + this.#inside.size;
    this.#line = [];
    this.#inside.clear();
    return people;
  }

  #enter(user: string): void {
    this.#inside.set(user, this.#now + this.#ttl);
  }
}
