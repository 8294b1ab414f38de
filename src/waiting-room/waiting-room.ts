import type { Actor } from '../audit/record.ts';
import type { QueueSettings } from '../config/config.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable, UnavailableError } from '../errors/unavailable.ts';
import type { RedisHealth } from '../plugins/redis/redis-health.ts';
import type { Announcements } from '../realtime/announcements.ts';
import { tracing } from '../tracing/tracing.ts';
import type { EntryRefusal, Gate } from './admission/gate.ts';
import type { Ticker } from './admission/ticker.ts';
import type { PlaceAnswer, PlaceAnswers } from './contact/place-answer.ts';
import type { Visits } from './contact/visits.ts';
import type { Commands } from './redis/commands.ts';
import type { RoomPatch, RoomSettingsStore } from './settings/room-settings.ts';
import { type Overview, toOverview } from './stats/overview.ts';
import type { Mode, Person, Standing, Tokens } from './types.ts';

export interface WaitingRoomOptions {
  config: QueueSettings;
  settings: RoomSettingsStore;
  commands: Commands;
  visits: Visits;
  answers: PlaceAnswers;
  gate: Gate;
  ticker: Ticker;
  /** The events in which a user may have a place to restore. */
  findPlaces(userId: string): Promise<string[]>;
  redisHealth: Pick<RedisHealth, 'answers' | 'failed'>;
  announcements: Announcements;
  onStandstill(error: Error): void;
}

/** The waiting room of each event, as the rest of the service knows it. */
export class WaitingRoom {
  readonly #parts: WaitingRoomOptions;

  constructor(parts: WaitingRoomOptions) {
    this.#parts = parts;
  }

  /** Enters, or takes a place in line, or finds the place. While Redis is away, see `without-redis.ts`. */
  check(eventId: string, userId: string, tokens: Tokens = {}): Promise<PlaceAnswer> {
    return this.#visit(eventId, 'check', userId, tokens);
  }

  /** Finds the place and renews it. */
  status(eventId: string, userId: string, tokens: Tokens = {}): Promise<PlaceAnswer> {
    return this.#visit(eventId, 'status', userId, tokens);
  }

  heartbeat(eventId: string, userId: string, tokens: Tokens = {}): Promise<PlaceAnswer> {
    return this.#visit(eventId, 'status', userId, tokens);
  }

  /** Gives up the place, and lets the next user in at once. */
  leave(eventId: string, userId: string, tokens?: Tokens): Promise<void> {
    return this.#leave(eventId, userId, tokens, false);
  }

  /** Gives up a place inside. A place in line stays. */
  leaveInside(eventId: string, userId: string): Promise<void> {
    return this.#leave(eventId, userId, undefined, true);
  }

  /** Whether a reservation that is confirmed or cancelled gives up the place inside. */
  freesPlaceWhen(how: 'confirmed' | 'cancelled'): boolean {
    const { freePlaceOn } = this.#parts.config;
    return freePlaceOn === how || freePlaceOn === 'both';
  }

  /** @throws Problem QUEUE_REQUIRED, or SERVICE_UNAVAILABLE while Redis is away and the event had a line when it was last seen */
  async requireEntry(eventId: string, userId: string, tokens?: Tokens): Promise<void> {
    const [found] = await this.refusals([{ eventId, userId, tokens }]);
    const refusal = await found;
    if (refusal) throw refusal;
  }

  /** `requireEntry` for many users, with one script for each event. @returns the refusal of each user, if there is one */
  refusals(buyers: (Person & { eventId: string })[]): Promise<EntryRefusal[]> {
    const { gate } = this.#parts;
    const ask = () => gate.refusals(buyers);
    return tracing ? tracing.part('entry', { 'tiketi.buyers': buyers.length }, ask) : ask();
  }

  /** Whether some users may be refused: then do nothing for a user before `requireEntry` has let them go on. */
  guards(eventId: string): boolean {
    return this.#parts.gate.guards(eventId);
  }

  /** Contact of a socket in the queue room. `called`: the user was let in from the line and has not used the entry yet. */
  async contact(
    eventId: string,
    userId: string,
    tokens?: Tokens,
  ): Promise<Pick<Standing, 'state' | 'called'>> {
    return (await this.#parts.visits.one(eventId, 'status', { userId, tokens })).standing;
  }

  /** The events in which a user waits, or has an entry that is not used yet. */
  async placesOf(userId: string): Promise<{ eventId: string; called: boolean }[]> {
    const { findPlaces, visits } = this.#parts;
    const events = await findPlaces(userId);
    // An event whose keys are broken must not hide the others.
    const found = await Promise.allSettled(
      events.map((eventId) => visits.one(eventId, 'status', { userId })),
    );
    return events.flatMap((eventId, index) => {
      const answer = found[index] as (typeof found)[number];
      if (answer.status === 'rejected') return [];
      const { state, called } = answer.value.standing;
      return state === 'waiting' || state === 'lobby' || called ? [{ eventId, called }] : [];
    });
  }

  async overview(eventId: string): Promise<Overview> {
    const { commands, settings } = this.#parts;
    return toOverview(await commands.overview(eventId), settings.of(eventId));
  }

  /** @throws Problem LOBBY_TOO_LATE */
  async change(eventId: string, patch: RoomPatch, actor?: Actor): Promise<void> {
    const { settings, ticker, onStandstill } = this.#parts;
    await settings.change(eventId, patch, actor);
    await ticker.fill(eventId).catch(onStandstill);
  }

  /** Sends all users home. @param actor for the audit log; left out if an entry of its own says why */
  async clear(eventId: string, actor?: Actor): Promise<void> {
    const { commands, settings, announcements, ticker } = this.#parts;
    // First in PostgreSQL, which holds on all instances and survives Redis. If that fails, nothing is cleared.
    await settings.noteCleared(eventId, (await commands.overview(eventId)).room.now, actor);
    const { room } = await commands.clear(eventId);
    await settings.noteCleared(eventId, room.now);
    announcements.queueCleared(eventId);
    ticker.announce(eventId, room);
  }

  async #visit(eventId: string, mode: Mode, userId: string, tokens: Tokens): Promise<PlaceAnswer> {
    const { visits, answers, redisHealth } = this.#parts;
    try {
      if (!redisHealth.answers) throw new UnavailableError('Redis did not answer a moment ago');
      return answers.of(eventId, userId, await visits.one(eventId, mode, { userId, tokens }));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      redisHealth.failed(error as Error);
      const answer = answers.withoutRedis(eventId, userId, tokens);
      if (!answer) throw new Problem('SERVICE_UNAVAILABLE', { cause: error });
      return answer;
    }
  }

  async #leave(
    eventId: string,
    userId: string,
    tokens: Tokens | undefined,
    onlyInside: boolean,
  ): Promise<void> {
    const { visits, announcements, ticker, onStandstill } = this.#parts;
    const { room, had } = await visits.leave(eventId, { userId, tokens }, onlyInside);
    if (had === 'nothing' && onlyInside) return;
    // On all instances: none of them may bring the user back by an older proof.
    announcements.left(eventId, userId, room.now);
    // The place is given up. If the next user isn't let in now, a tick does it.
    if (had !== 'nothing') await ticker.fill(eventId).catch(onStandstill);
  }
}
