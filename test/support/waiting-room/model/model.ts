import type { Mode, State } from '../../../../src/waiting-room/types.ts';
import { type Claim, type Heard, LosableRoom, type Loss, nothing } from './lost-state.ts';

export interface ModelStanding {
  state: State | 'claim';
  sequence: number;
  position: number;
  called: boolean;
  joined: boolean;
}

/**
 * The waiting room in plain data: an array for the line, maps for the people inside and in the lobby. Each command gets what its
 * instance knew of the room last.
 */
export class WaitingRoomModel extends LosableRoom {
  get line() {
    return this.redis.line.map(({ user, sequence }) => ({ userId: user, sequence }));
  }
  get inside() {
    return [...this.redis.inside].filter(([, until]) => until > this.now()).map(([user]) => user);
  }
  get lobby() {
    return [...this.redis.lobby.keys()];
  }
  /** How many of those who were inside at the last loss have come back. */
  get returned() {
    return this.redis.loss?.returned ?? 0;
  }
  /** The people in line who are in contact. */
  get present() {
    return this.redis.line.filter(({ seen }) => !this.#isSilent(seen)).map(({ user }) => user);
  }

  get room() {
    const { phase } = this;
    const { line, lobby, lastSequence } = this.redis;
    const ahead = phase === 'open' ? 0 : lobby.size;
    return {
      phase,
      queueSize: line.length + ahead,
      inside: this.inside.length + this.absent(),
      seq: lastSequence,
      servedSeq: line[0] ? Math.max(0, line[0].sequence - 1 - ahead) : lastSequence,
      arrived: this.arrived,
      abandoned: this.abandoned,
    };
  }

  visit(heard: Heard | undefined, mode: Mode, visitors: { user: string; claim: Claim }[]) {
    const reformed = this.begin(heard);
    const restored: string[] = [];
    const standings = visitors.map(({ user, claim }): ModelStanding => {
      const back = this.#restore(user, claim);
      if (back === true) restored.push(user);
      if (this.#removeIfSilent(user)) this.abandoned++;
      const { called, inside } = this.redis;
      const wasCalled = inside.has(user) && called.has(user);
      const before = this.#contact(user);
      const joinsAnyway = mode === 'check' || back === 'joins';
      const state = before === 'outside' ? this.#enter(user, mode, joinsAnyway, claim) : before;
      if (wasCalled && mode === 'status') called.set(user, this.now() + this.times.insideTtl);
      else if (wasCalled) called.delete(user);
      const joined = before === 'outside' && (state === 'waiting' || state === 'lobby');
      return { state, ...this.#placeOf(user, state), called: wasCalled, joined };
    });
    this.finishForming();
    const hasUser = standings.some(({ state }) => state !== 'outside');
    return { reformed, standings, restored, ...this.end(hasUser) };
  }

  leave(heard: Heard | undefined, user: string, claim: Claim, onlyInside: boolean) {
    const reformed = this.begin(heard);
    const { redis } = this;
    const waited = redis.line.some((each) => each.user === user);
    let had = 'nothing';
    if (redis.inside.delete(user)) had = 'inside';
    else if (onlyInside) return { reformed, had, ...this.end() };
    else if (waited) {
      had = 'waiting';
      this.abandoned++;
    } else if (redis.lobby.delete(user)) had = 'lobby';
    redis.line = redis.line.filter((each) => each.user !== user);
    redis.called.delete(user);
    if (redis.loss && this.isForming()) {
      // They were inside at the loss, prove it only now, and leave.
      if (had === 'nothing' && this.isGood(user, claim, 'inside')) {
        redis.loss.returned++;
        had = 'inside';
      }
      redis.left.set(user, this.now());
    }
    return { reformed, had, ...this.end() };
  }

  admit(heard: Heard | undefined) {
    const reformed = this.begin(heard);
    const { line, called } = this.redis;
    const room = this.#room();
    const admitted: string[] = [];
    while (admitted.length < room && line[0]) {
      const { user, seen } = line.shift() as (typeof line)[number];
      if (this.#isSilent(seen)) {
        this.abandoned++;
        continue;
      }
      this.#letIn(user);
      called.set(user, this.now() + this.times.insideTtl);
      admitted.push(user);
    }
    this.finishForming();
    return { reformed, admitted, unused: called.size, ...this.end() };
  }

  sweep(heard: Heard | undefined) {
    const reformed = this.begin(heard);
    const { redis } = this;
    const before = redis.line.length;
    redis.line = redis.line.filter(({ seen }) => !this.#isSilent(seen));
    this.abandoned = before - redis.line.length;
    if (this.phase !== 'drawing')
      for (const [user, seen] of redis.lobby) if (this.#isSilent(seen)) redis.lobby.delete(user);
    return { reformed, ...this.end() };
  }

  clear(heard: Heard | undefined) {
    const reformed = this.begin(heard);
    const { line, inside, lobby, ...rest } = this.redis;
    const people = line.length + inside.size + lobby.size;
    const { life, kept, lastSequence, closedFor, allowance } = rest;
    this.redis = { ...nothing(), life, kept, lastSequence, closedFor, allowance, clearedAt: this.now() };
    if (this.phase === 'drawing') this.phase = 'open';
    return { reformed, people, ...this.end() };
  }

  /** A command that changes nothing. */
  look(heard: Heard | undefined) {
    return { reformed: this.begin(heard), ...this.end() };
  }

  /**
   * @param order all drawn users. Those who left the lobby since get no place.
   * @param late the users who joined the lobby since
   */
  draw(heard: Heard | undefined, order: string[], late: string[]) {
    const reformed = this.begin(heard);
    const { lobby } = this.redis;
    const placed = this.phase === 'drawing' ? order.filter((user) => lobby.has(user)) : [];
    for (const user of placed) this.#standInLine(user, order.indexOf(user) + 1);
    if (this.phase === 'drawing') {
      this.arrived = placed.length + late.length;
      for (const user of late) this.#standInLine(user, ++this.redis.lastSequence);
      lobby.clear();
      this.phase = 'open';
    }
    return { reformed, placed: placed.length, ...this.end() };
  }

  #isSilent(seen: number): boolean {
    return this.now() - seen >= this.waitingTtl;
  }

  /** How many people may be let in at this moment. */
  #room(): number {
    const { threshold, paused, drainPerSecond } = this.rules;
    const { loss, allowance } = this.redis;
    if (paused || this.phase !== 'open' || (loss && this.now() < loss.lineRestsUntil)) return 0;
    const room = Math.max(0, threshold - this.room.inside);
    if (drainPerSecond === undefined) return room;
    const now = this.now();
    const { at = now } = allowance;
    allowance.left = Math.min(drainPerSecond + 1, allowance.left + ((now - at) / 1_000) * drainPerSecond);
    if (Math.floor(now / 1_000) !== Math.floor(at / 1_000)) allowance.used = 0;
    allowance.at = now;
    return Math.min(room, Math.floor(allowance.left), Math.ceil(drainPerSecond) - allowance.used);
  }

  #letIn(user: string): void {
    this.redis.inside.set(user, this.now() + this.times.insideTtl);
    if (this.rules.drainPerSecond === undefined) return;
    this.redis.allowance.left--;
    this.redis.allowance.used++;
  }

  #standInLine(user: string, sequence: number): void {
    const { line } = this.redis;
    line.push({ user, sequence, seen: this.now() });
    line.sort((one, other) => one.sequence - other.sequence);
  }

  /** Restores the place that a user had before a loss. `joins`: the user may at least join the line. */
  #restore(user: string, claim: Claim): boolean | 'joins' {
    const { redis, phase } = this;
    const { lobbyOpensAt, startsAt = 0 } = this.rules;
    if (typeof claim !== 'object' || !this.isGood(user, claim, claim.kind)) return false;
    const wasInLobby = claim.kind === 'waiting' && claim.sequence === 0;
    if (wasInLobby && phase === 'lobby') redis.lobby.set(user, this.now());
    if (wasInLobby) return phase === 'lobby' || 'joins';
    // A draw voids every proof from before it.
    const lotAt = lobbyOpensAt === undefined ? 0 : startsAt;
    if (phase === 'early' || phase === 'lobby' || claim.at < lotAt) return false;
    const place = redis.line.find((each) => each.user === user);
    const isBetter = !place || place.sequence > claim.sequence || this.#isSilent(place.seen);
    if (claim.kind === 'waiting' && !isBetter) return false;
    redis.line = redis.line.filter((each) => each.user !== user);
    redis.lobby.delete(user);
    if (claim.kind === 'inside') {
      redis.inside.set(user, this.now() + this.times.insideTtl);
      (redis.loss as Loss).returned++;
    } else {
      redis.lastSequence = Math.max(redis.lastSequence, claim.sequence);
      this.#standInLine(user, claim.sequence);
    }
    return true;
  }

  #removeIfSilent(user: string): boolean {
    const { redis } = this;
    const place = redis.line.find((each) => each.user === user);
    if (!place || !this.#isSilent(place.seen)) return false;
    redis.line = redis.line.filter((each) => each !== place);
    return true;
  }

  /** Renews the place that a user has. */
  #contact(user: string): State {
    const { inside, line, lobby } = this.redis;
    if (inside.has(user)) {
      inside.set(user, this.now() + this.times.insideTtl);
      return 'inside';
    }
    const place = line.find((each) => each.user === user);
    if (place) {
      place.seen = this.now();
      return 'waiting';
    }
    if (this.phase === 'open' || !this.#isInLobby(user)) return 'outside';
    lobby.set(user, this.now());
    return 'lobby';
  }

  #isInLobby(user: string): boolean {
    const seen = this.redis.lobby.get(user);
    return seen !== undefined && (this.phase === 'drawing' || !this.#isSilent(seen));
  }

  /** Gives a place to a user who has none. */
  #enter(user: string, mode: Mode, joinsAnyway: boolean, claim: Claim): ModelStanding['state'] {
    const { redis, phase } = this;
    // A user in a lobby that was given up gets a place in line.
    const joins = joinsAnyway || this.#isInLobby(user);
    if (mode === 'status' && !joins) return 'outside';
    if (claim === '?' && this.isForming()) return 'claim';
    if (phase === 'early' || (phase === 'lobby' && mode === 'enter')) return 'outside';
    if (phase === 'lobby') {
      redis.lobby.set(user, this.now());
      return 'lobby';
    }
    redis.lobby.delete(user);
    if (redis.line.length === 0 && this.#room() > 0) {
      this.#letIn(user);
      return 'inside';
    }
    if (!joins) return 'outside';
    this.#standInLine(user, ++redis.lastSequence);
    this.arrived++;
    return 'waiting';
  }

  #placeOf(user: string, state: ModelStanding['state']): { sequence: number; position: number } {
    const { line, lobby } = this.redis;
    const ahead = this.phase === 'drawing' ? lobby.size : 0;
    const index = line.findIndex((each) => each.user === user);
    if (state === 'outside') return { sequence: 0, position: ahead + line.length + 1 };
    if (state !== 'waiting') return { sequence: 0, position: 0 };
    return { sequence: line[index]?.sequence ?? 0, position: ahead + index + 1 };
  }
}
