import type { QueueSettings } from '../../config/config.ts';
import type { PlaceTokens } from '../recovery/place-tokens.ts';
import type { Tokens } from '../recovery/token-headers.ts';
import type { Outage } from '../recovery/without-redis.ts';
import type { State } from '../redis/commands.ts';
import type { RoomSettings } from '../settings/room-settings.ts';
import type { Visit } from './visits.ts';

/** What a user is told of his place. */
export interface Place {
  state: State;
  /** From 1; 0 for those who don't wait. */
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
  /** When the lot is drawn. */
  startsAt?: string;
}

const LONGEST_POLL_INSIDE_MS = 30_000;
const SHORTEST_POLL_MS = 2_000;

/** What users are told of their places, with the proof that they keep of it. */
export function createPlaces(
  tokens: PlaceTokens,
  outage: Outage,
  roomOf: (eventId: string) => RoomSettings,
  settings: Pick<QueueSettings, 'insideTtlSeconds' | 'waitingTtlSeconds'>,
) {
  const insideTtl = settings.insideTtlSeconds * 1_000;
  const waitingTtl = settings.waitingTtlSeconds * 1_000;

  /** A tenth of the wait, but soon enough to keep the place: many who are far back ask seldom. */
  function pollMs(state: State, estimatedWait: number): number {
    if (state === 'inside') return Math.min(insideTtl / 4, LONGEST_POLL_INSIDE_MS);
    return Math.round(Math.min(waitingTtl / 4, Math.max(SHORTEST_POLL_MS, estimatedWait * 100)));
  }

  return {
    of(eventId: string, userId: string, { room, standing }: Visit): Place {
      const { now, queueSize, currentUsers, servedSeq } = room;
      const { sequence, position, estimatedWait, estimatedWaitRange } = standing;
      const state = standing.state as State;
      const waits = state === 'waiting' || state === 'lobby';
      const { threshold, startsAt } = roomOf(eventId);
      return {
        state,
        position: waits ? position : 0,
        queueSize,
        currentUsers,
        servedSeq,
        estimatedWait: waits ? estimatedWait : 0,
        estimatedWaitRange: waits ? estimatedWaitRange : { min: 0, max: 0 },
        threshold,
        nextPollMs: pollMs(state, estimatedWait),
        ...(state === 'inside' && {
          pass: tokens.sign(eventId, userId, { kind: 'inside', at: now, sequence }, now + insideTtl),
        }),
        ...(state === 'waiting' && {
          sequence,
          ticket: tokens.sign(eventId, userId, { kind: 'waiting', at: now, sequence }, now + waitingTtl),
        }),
        ...(state === 'lobby' && startsAt !== undefined && { startsAt: new Date(startsAt).toISOString() }),
      };
    },

    /** @returns nothing for those of whom nobody knows whether it is their turn */
    withoutRedis(eventId: string, userId: string, shown: Tokens): Place | undefined {
      const pass = outage.passOf(eventId, { userId, tokens: shown });
      if (!pass && outage.hasLine(eventId)) return undefined;
      return {
        state: 'inside',
        position: 0,
        queueSize: 0,
        currentUsers: outage.currentUsers(eventId),
        servedSeq: 0,
        estimatedWait: 0,
        estimatedWaitRange: { min: 0, max: 0 },
        threshold: roomOf(eventId).threshold,
        nextPollMs: pollMs('inside', 0),
        // What it proves is as old as it was: Redis may be back already, and take a newer one for one that it would know itself.
        // Who only goes on because nobody waits has earned no place that would outlive this.
        ...(pass && { pass: tokens.sign(eventId, userId, pass, outage.now(eventId) + insideTtl) }),
      };
    },
  };
}
