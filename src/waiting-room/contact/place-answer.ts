import type { QueueSettings } from '../../config/config.ts';
import type { PlaceTokens } from '../recovery/place-tokens.ts';
import type { WithoutRedis } from '../recovery/without-redis.ts';
import type { RoomSettings, State, Tokens, Visit } from '../types.ts';

/** The answer to a user who asks for their place. */
export interface PlaceAnswer {
  state: State;
  /** From 1; 0 for users who don't wait. */
  position: number;
  sequence?: number;
  queueSize: number;
  currentUsers: number;
  servedSeq: number;
  /** Seconds. */
  estimatedWait: number;
  estimatedWaitRange: { min: number; max: number };
  threshold: number;
  /** When to ask again, in ms. */
  nextPollMs: number;
  pass?: string;
  ticket?: string;
  /** When the lottery is drawn. */
  startsAt?: string;
  /** When the place ends without further contact. */
  keptUntil?: string;
  paused?: boolean;
  /** When an administrator last cleared the room. */
  clearedAt?: string;
}

const LONGEST_POLL_INSIDE_MS = 30_000;
const SHORTEST_POLL_MS = 2_000;

export type PlaceAnswers = ReturnType<typeof createPlaceAnswers>;

/** Answers users with their place, and with the token that proves it. */
export function createPlaceAnswers(
  tokens: PlaceTokens,
  withoutRedis: WithoutRedis,
  settingsOf: (eventId: string) => RoomSettings,
  config: Pick<QueueSettings, 'insideTtlSeconds'>,
) {
  const insideTtl = config.insideTtlSeconds * 1_000;

  const pollInsideMs = Math.min(insideTtl / 4, LONGEST_POLL_INSIDE_MS);

  /**
   * A tenth of the wait, so that the many who are far back poll rarely; but soon enough to keep the place, and to hear of an entry that
   * came early before it ends.
   */
  function pollMs(estimatedWait: number, waitingTtl: number): number {
    const longest = Math.min(insideTtl, waitingTtl) / 4;
    return Math.round(Math.min(longest, Math.max(SHORTEST_POLL_MS, estimatedWait * 100)));
  }

  return {
    of(eventId: string, userId: string, { room, standing }: Visit): PlaceAnswer {
      const { now, queueSize, inside, servedSeq } = room;
      const { sequence, position, estimatedWait, estimatedWaitRange } = standing;
      const state = standing.state as State;
      const waits = state === 'waiting' || state === 'lobby';
      const { threshold, startsAt, waitingTtlSeconds, paused, clearedAt } = settingsOf(eventId);
      const waitingTtl = waitingTtlSeconds * 1_000;
      return {
        state,
        position: waits ? position : 0,
        queueSize,
        currentUsers: inside,
        servedSeq,
        estimatedWait: waits ? estimatedWait : 0,
        estimatedWaitRange: waits ? estimatedWaitRange : { min: 0, max: 0 },
        threshold,
        nextPollMs: state === 'inside' ? pollInsideMs : pollMs(estimatedWait, waitingTtl),
        ...(state === 'inside' && {
          pass: tokens.sign(eventId, userId, { kind: 'inside', at: now, sequence }, now + insideTtl),
        }),
        ...(state === 'waiting' && {
          sequence,
          ticket: tokens.sign(eventId, userId, { kind: 'waiting', at: now, sequence }, now + waitingTtl),
        }),
        ...(state === 'lobby' && startsAt !== undefined && { startsAt: new Date(startsAt).toISOString() }),
        ...(state !== 'outside' && {
          keptUntil: new Date(now + (state === 'inside' ? insideTtl : waitingTtl)).toISOString(),
        }),
        ...(state === 'waiting' && paused && { paused }),
        ...(clearedAt !== undefined && { clearedAt: new Date(clearedAt).toISOString() }),
      };
    },

    /** @returns undefined while this instance can't tell whether it is the user's turn */
    withoutRedis(eventId: string, userId: string, shown: Tokens): PlaceAnswer | undefined {
      const pass = withoutRedis.passOf(eventId, { userId, tokens: shown });
      if (!pass && withoutRedis.hasLine(eventId)) return undefined;
      return {
        state: 'inside',
        position: 0,
        queueSize: 0,
        currentUsers: withoutRedis.inside(eventId),
        servedSeq: 0,
        estimatedWait: 0,
        estimatedWaitRange: { min: 0, max: 0 },
        threshold: settingsOf(eventId).threshold,
        nextPollMs: pollInsideMs,
        // The new pass proves no more than the old one: Redis may be back already, and would take a later time for one that it
        // knows itself. A user without a pass goes on only because no user waits, and gets no proof that would outlive this.
        ...(pass && { pass: tokens.sign(eventId, userId, pass, withoutRedis.now(eventId) + insideTtl) }),
      };
    },
  };
}
