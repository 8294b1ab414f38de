import type { Phase, RoomSettings } from '../../../../src/waiting-room/types.ts';

/** The place that a user claims to have had before a loss. `?`: not verified yet. A place in line with sequence 0 is one in the lobby. */
export type Claim = { kind: 'inside' | 'waiting'; at: number; sequence: number } | '?' | undefined;

/** What an instance knew of the room last. */
export interface Heard {
  life: number;
  kept: number;
  lastSequence: number;
  inside: number;
  queueSize: number;
  /** The longest time to live at that time. */
  ttl: number;
}

/** In ms. */
export interface Times {
  insideTtl: number;
  /** How long a lost line stands still. */
  reform: number;
}

export interface Loss {
  foundAt: number;
  /** The last sign of life before. */
  aliveAt: number;
  /** How many people were inside, and how many of them came back. */
  believed: number;
  returned: number;
  lineRestsUntil: number;
  /** Proofs from before it count no more. */
  isOver: boolean;
}

/** Everything that Redis knows of a room. */
export const nothing = () => ({
  /** Counts the times that the room was made. 0: there is no room. */
  life: 0,
  kept: 0,
  /** When its keys end. */
  ends: 0,
  lastSequence: 0,
  line: [] as { user: string; sequence: number; seen: number }[],
  /** When each place ends. */
  inside: new Map<string, number>(),
  /** When the entry of each person ends who was let in from the line and has not used it yet. */
  called: new Map<string, number>(),
  /** When each person left, after a loss. */
  left: new Map<string, number>(),
  /** When each person was seen last. */
  lobby: new Map<string, number>(),
  /** The start at which the lobby was closed. */
  closedFor: 0,
  /** How many people a drain may let in. */
  allowance: { left: 1, used: 0, at: undefined as number | undefined },
  /** When the room was cleared. */
  clearedAt: 0,
  loss: undefined as Loss | undefined,
});

/** How many sequences stay free for those that a room may have given before it was lost. */
const BEYOND = 1_000_000;

/** In ms. Instances that knew the room within this time knew the same state. */
const TOGETHER = 5_000;

/** A room in memory that can be lost, and how a loss is noticed. */
export abstract class LosableRoom {
  protected readonly rules: RoomSettings;
  protected readonly times: Times;
  protected readonly now: () => number;
  protected redis = nothing();
  /** The phase when the command began. */
  protected phase: Phase = 'open';
  /** Users who joined the line by this command, and users whom it lost. */
  protected arrived = 0;
  protected abandoned = 0;
  #lives = 0;

  /** @param now in ms */
  constructor(rules: RoomSettings, times: Times, now: () => number) {
    this.rules = rules;
    this.times = times;
    this.now = now;
  }

  /** The state that every command answers. */
  abstract get room(): {
    phase: Phase;
    queueSize: number;
    inside: number;
    seq: number;
    servedSeq: number;
    arrived: number;
    abandoned: number;
  };

  flush(): void {
    this.redis = nothing();
  }

  /** @returns restores the state of now */
  snapshot(): () => void {
    const copy = structuredClone(this.redis);
    return () => {
      this.redis = structuredClone(copy);
    };
  }

  /** Ends a room without contact, as its keys expire. */
  expire(): void {
    if (this.now() >= this.redis.ends) this.redis = nothing();
  }

  currentPhase(): Phase {
    const { lobbyOpensAt, startsAt } = this.rules;
    if (lobbyOpensAt === undefined || startsAt === undefined) return 'open';
    if (this.now() < lobbyOpensAt) return 'early';
    const mayBeBack = !this.rules.drawn && this.now() < (this.redis.loss?.lineRestsUntil ?? 0);
    if (this.now() < startsAt || mayBeBack) return 'lobby';
    return this.redis.lobby.size > 0 ? 'drawing' : 'open';
  }

  /** @returns whether it noticed a loss */
  protected begin(heard: Heard | undefined): boolean {
    this.arrived = 0;
    this.abandoned = 0;
    const reformed = this.#findLoss(heard);
    this.phase = this.currentPhase();
    const { loss, inside, called, lobby } = this.redis;
    // While a proof from before a loss would bring them back, people who were inside then stay inside.
    const keptUntil = loss && !loss.isOver ? loss.foundAt + this.times.insideTtl : 0;
    const over = loss && this.now() < keptUntil ? loss.foundAt : this.now();
    for (const places of [inside, called])
      for (const [user, until] of places) if (until <= over) places.delete(user);
    for (const [user, until] of inside) if (until <= this.now()) inside.set(user, keptUntil);
    this.#decideAnew();
    if (this.phase === 'drawing' && this.redis.closedFor !== this.rules.startsAt) {
      this.redis.closedFor = this.rules.startsAt as number;
      this.redis.lastSequence = Math.max(this.redis.lastSequence, lobby.size);
    }
    return reformed;
  }

  /** Before the draw no user is inside, nor in line once the lobby is open. */
  #decideAnew(): void {
    const { redis, phase } = this;
    if (phase !== 'early' && phase !== 'lobby') return;
    if (phase === 'lobby') {
      for (const user of [...redis.inside.keys(), ...redis.line.map((each) => each.user)])
        redis.lobby.set(user, this.now());
      redis.line = [];
    }
    redis.inside.clear();
    if (redis.loss) redis.loss.returned = Math.max(redis.loss.returned, redis.loss.believed);
  }

  /** @param hasUser whether a user has a place now, which makes a room if there was none */
  protected end(hasUser = false): { heard: Heard | undefined; room: LosableRoom['room'] } {
    const { redis } = this;
    if (hasUser && redis.life === 0) redis.life = ++this.#lives;
    const { room } = this;
    if (redis.life === 0) return { heard: undefined, room };
    redis.kept = this.now();
    redis.ends = this.now() + 2 * this.#longestTtl;
    const { life, kept, lastSequence } = redis;
    const { inside, queueSize } = room;
    return { room, heard: { life, kept, lastSequence, inside, queueSize, ttl: this.#longestTtl } };
  }

  #findLoss(heard: Heard | undefined): boolean {
    const { redis } = this;
    let isNew = false;
    // A room that ended under a shorter time to live is not lost.
    const ttl = Math.min(heard?.ttl ?? 0, this.#longestTtl);
    const isRecent = heard && this.now() < heard.kept + 1.5 * ttl && heard.kept > redis.clearedAt;
    const isBehind = heard && (heard.kept > redis.kept || heard.lastSequence > redis.lastSequence);
    // Whether the instance knew how many were inside in a later state than this one.
    let isCounted = false;
    if (isRecent && (heard.life !== redis.life || isBehind)) {
      const wentBack = heard.life === redis.life;
      isCounted = wentBack && heard.kept >= redis.kept;
      if (wentBack && heard.kept > redis.kept + TOGETHER)
        for (const places of [redis.inside, redis.called, redis.left]) places.clear();
      if (redis.life === 0) redis.life = ++this.#lives;
      isNew = this.#reform(heard.kept, heard.inside, wentBack, heard.queueSize > 0);
      redis.lastSequence = Math.max(redis.lastSequence, heard.lastSequence + BEYOND);
    }
    const still = Math.min(this.times.insideTtl, this.waitingTtl) / 4;
    const someoneWaits = redis.line.length + redis.lobby.size > 0;
    if (redis.kept > 0 && this.now() - redis.kept > still && someoneWaits) {
      const inside = [...redis.inside.values()].filter((until) => until >= redis.kept).length;
      const people = isCounted ? 0 : inside + this.absent(redis.kept);
      isNew = this.#reform(redis.kept, people, true, true) || isNew;
    }
    return isNew;
  }

  /** @param haveAll whether the people inside now were inside at the loss */
  #reform(aliveAt: number, inside: number, haveAll: boolean, hadLine: boolean): boolean {
    const { redis } = this;
    const now = this.now();
    const isNew = !redis.loss || redis.loss.foundAt <= aliveAt;
    const returned = haveAll ? [...redis.inside.values()].filter((until) => until > now).length : 0;
    if (isNew)
      redis.loss = { foundAt: now, aliveAt, believed: 0, returned, lineRestsUntil: 0, isOver: false };
    const loss = redis.loss as Loss;
    const newer = aliveAt - loss.aliveAt;
    if (newer > TOGETHER) loss.believed = inside;
    else if (newer > -TOGETHER) loss.believed = Math.max(loss.believed, inside);
    loss.aliveAt = Math.max(loss.aliveAt, aliveAt);
    if (hadLine && newer > -TOGETHER) loss.lineRestsUntil = loss.foundAt + this.times.reform;
    return isNew;
  }

  protected get waitingTtl(): number {
    return this.rules.waitingTtlSeconds * 1_000;
  }

  get #longestTtl(): number {
    return Math.max(this.times.insideTtl, this.waitingTtl);
  }

  protected isForming(): boolean {
    const { loss } = this.redis;
    return loss !== undefined && !loss.isOver && this.now() < loss.foundAt + this.#longestTtl;
  }

  /** Ends the forming for good. Visits do so as well as admissions, because an event may have no line. */
  protected finishForming(): void {
    const { loss, left } = this.redis;
    if (!loss || this.isForming()) return;
    left.clear();
    loss.isOver = true;
  }

  /** How many people were inside at a loss and may still come back. */
  protected absent(at = this.now()): number {
    const { loss } = this.redis;
    if (!loss || loss.isOver || at >= loss.foundAt + this.times.insideTtl) return 0;
    return Math.max(0, loss.believed - loss.returned);
  }

  /** Whether the user had such a place when the room was alive, and has not left since. No proof counts once the forming is over. */
  protected isGood(
    user: string,
    claim: Claim,
    kind: 'inside' | 'waiting',
  ): claim is Exclude<Claim, '?' | undefined> {
    const { loss, left, inside } = this.redis;
    if (typeof claim !== 'object' || claim.kind !== kind || !loss || !this.isForming()) return false;
    if (inside.has(user)) return false;
    const ttl = kind === 'inside' ? this.times.insideTtl : this.waitingTtl;
    const wasTrue = claim.at <= loss.foundAt && claim.at + ttl > loss.aliveAt;
    return wasTrue && this.now() < loss.foundAt + ttl && claim.at > (left.get(user) ?? 0);
  }
}
