import { signal } from '@preact/signals';
import { positionInLine, type ServerEventPayloads, TiketiError } from '../../../client/index.ts';
import { socket, tiketi } from '../../shared/api.ts';
import { serviceTime } from '../../shared/clock.ts';
import { signOut } from '../../shared/session.ts';
import { reconnecting } from '../../ui/connection.tsx';
import {
  advance,
  clearedBetween,
  type Journey,
  moveTo,
  noteServed,
  type Place,
  retryMs,
  type Served,
} from './line.ts';
import { placeKey, readPlace, removePlace, writePlace } from './stored-place.ts';
import { onWake } from './wake.ts';

/** Why the buyer has another place than before. */
type Change = 'cleared' | 'insideEnded' | 'waitingEnded';

/** Failures that asking again doesn't mend. */
const FINAL: readonly string[] = ['EVENT_NOT_FOUND', 'VALIDATION_FAILED', 'FORBIDDEN'];
const SIGNED_OUT: readonly string[] = ['UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED'];

/**
 * Keeps a buyer's place in the waiting room of an event, in line and inside. The socket tells how the line moves. Polls keep the place
 * without a socket as well, and correct the estimate.
 */
export class PlaceKeeper {
  /** Undefined until the first answer. */
  readonly place = signal<Place | undefined>(undefined);
  readonly journey = signal<Journey | undefined>(undefined);
  readonly served = signal<Served[]>([]);
  readonly changed = signal<Change | undefined>(undefined);
  /** The service doesn't answer. The place is kept, and the next attempt follows by itself. */
  readonly delayed = signal(false);
  readonly failure = signal<unknown>(undefined);
  readonly hasLeft = signal(false);
  /** It was this buyer's turn while they waited here. */
  readonly called = signal(false);

  readonly #eventId: string;
  readonly #key: string;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #askAgain = false;
  #entering = true;
  #failures = 0;
  #joined = false;

  constructor(eventId: string, userId: string) {
    this.#eventId = eventId;
    this.#key = placeKey(eventId, userId);
    this.journey.value = readPlace(this.#key).journey;
  }

  /** @returns a function that stops following the line. The place itself lasts as long as the service keeps it. */
  start(): () => void {
    const line = socket();
    const mine = (listener: () => void) => (news: { eventId: string }) => {
      if (news.eventId === this.#eventId && !this.hasLeft.peek()) listener();
    };
    const leftElsewhere = ({ key, newValue }: StorageEvent) => {
      if (key === this.#key && newValue === null) this.#stopAsking();
    };
    addEventListener('storage', leftElsewhere);
    const stops = [
      () => removeEventListener('storage', leftElsewhere),
      line.on('queue-updated', (news) => this.#lineMoved(news)),
      line.on(
        'queue-entry-allowed',
        mine(() => this.enter()),
      ),
      line.on(
        'queue-cleared',
        mine(() => this.#cleared()),
      ),
      line.on('connect', () => {
        reconnecting.value = false;
        this.ask();
      }),
      line.on('rejoined', () => this.ask()),
      line.on('disconnect', () => {
        reconnecting.value = true;
      }),
      onWake(() => this.ask()),
    ];
    this.enter();
    return () => {
      for (const stop of stops) stop();
      clearTimeout(this.#timer);
      this.#abort.abort();
      reconnecting.value = false;
      // After signing out there is no socket of this user.
      if (this.#joined && line.connected) line.leaveQueue(this.#eventId).catch(() => undefined);
    };
  }

  /** Enters, or takes a place in line. */
  enter(): void {
    this.#entering = true;
    this.hasLeft.value = false;
    this.ask();
  }

  /** The place inside has ended: takes a new one. */
  returnToLine(): void {
    this.changed.value = 'insideEnded';
    this.enter();
  }

  /** Gives the place up, in all tabs. @throws TiketiError */
  async leave(): Promise<void> {
    await tiketi().leaveQueue({ eventId: this.#eventId });
    removePlace(this.#key);
    this.#stopAsking();
  }

  /** Asks now. A question that is under way is followed by another one. */
  ask(): void {
    clearTimeout(this.#timer);
    if (this.hasLeft.peek() || this.failure.peek() !== undefined || this.#abort.signal.aborted) return;
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const entering = this.#entering;
    this.#entering = false;
    try {
      const place = await this.#contact(entering);
      if (this.#abort.signal.aborted || this.hasLeft.peek()) return;
      this.#answered();
      this.#take(place, entering);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#entering ||= entering;
      this.#failed(error);
    } finally {
      this.#asking = false;
      if (this.#askAgain) {
        this.#askAgain = false;
        this.ask();
      }
    }
  }

  async #contact(entering: boolean): Promise<Place> {
    const { signal } = this.#abort;
    const input = { eventId: this.#eventId };
    if (!entering) return tiketi().getQueueStatus(input, { signal });
    // The SDK has the proofs of this page alone. Those of an earlier one are shown until it has some.
    const { pass, ticket } = this.place.peek() === undefined ? readPlace(this.#key) : {};
    const headers = {
      ...(pass !== undefined && { 'x-queue-pass': pass }),
      ...(ticket !== undefined && { 'x-queue-ticket': ticket }),
    };
    const answer = await tiketi().checkQueue(input, { signal, headers });
    return { position: 0, queueSize: 0, estimatedWait: 0, estimatedWaitRange: { min: 0, max: 0 }, ...answer };
  }

  #answered(): void {
    this.#failures = 0;
    this.delayed.value = false;
    if (socket().connected) reconnecting.value = false;
    if (this.#joined) return;
    this.#joined = true;
    socket()
      .joinQueue(this.#eventId)
      .catch(() => {
        this.#joined = false;
      });
  }

  #take(place: Place, entered: boolean): void {
    const last = this.place.peek();
    const before = last?.state;
    const wasCleared = last !== undefined && clearedBetween(last, place);
    if (place.state === 'outside' && !entered) {
      // The place has ended, perhaps while the computer slept.
      this.changed.value = wasCleared ? 'cleared' : before === 'inside' ? 'insideEnded' : 'waitingEnded';
      this.enter();
      return;
    }
    // A refused step inside can't tell why the place has ended.
    if (entered && wasCleared) this.changed.value = 'cleared';
    if (place.state === 'inside') {
      if (before === 'waiting' || before === 'lobby') this.called.value = true;
      this.changed.value = undefined;
    }
    this.#show(place);
    this.#timer = setTimeout(() => this.ask(), place.nextPollMs);
    // Outside although it asked to enter: the lobby opens in a moment.
    if (place.state === 'outside') this.#entering = true;
  }

  #show(place: Place): void {
    const { state, sequence, position } = place;
    if (state === 'waiting' && sequence !== undefined) {
      this.called.value = false;
      this.journey.value = advance(this.journey.peek(), { sequence, position });
      this.served.value = noteServed(this.served.peek(), { at: Date.now(), servedSeq: place.servedSeq });
    }
    // The draw gives another place than a line before it.
    if (state === 'lobby') this.journey.value = undefined;
    const { pass, ticket } = place;
    writePlace(this.#key, { pass, ticket, journey: state === 'waiting' ? this.journey.peek() : undefined });
    this.place.value = place;
  }

  #lineMoved(news: ServerEventPayloads['queue-updated']): void {
    const place = this.place.peek();
    if (news.eventId !== this.#eventId || !place) return;
    const { queueSize, servedSeq, currentUsers, threshold } = news;
    const moved = { ...place, queueSize, servedSeq, currentUsers, threshold };
    if (place.state !== 'waiting' || place.sequence === undefined) this.place.value = moved;
    else this.#show(moveTo(moved, positionInLine(place.sequence, news)));
    // A line that moves is no longer paused, and a lobby after its start is drawn.
    const drawn = place.startsAt !== undefined && Date.parse(place.startsAt) <= serviceTime();
    if ((place.paused && servedSeq > place.servedSeq) || drawn) this.ask();
  }

  #cleared(): void {
    // Without proofs, but still there: other tabs would take a removal as leaving.
    writePlace(this.#key, {});
    this.journey.value = undefined;
    this.served.value = [];
    this.changed.value = 'cleared';
    this.enter();
  }

  #stopAsking(): void {
    clearTimeout(this.#timer);
    this.hasLeft.value = true;
    this.place.value = undefined;
    this.journey.value = undefined;
    this.called.value = false;
    this.changed.value = undefined;
  }

  #failed(error: unknown): void {
    const code = error instanceof TiketiError ? error.code : '';
    if (SIGNED_OUT.includes(code)) {
      signOut();
      return;
    }
    if (FINAL.includes(code)) {
      this.failure.value = error;
      return;
    }
    this.#failures += 1;
    if (code === 'NETWORK_ERROR') reconnecting.value = true;
    else this.delayed.value = true;
    const retryAfter = error instanceof TiketiError ? error.retryAfter : undefined;
    this.#timer = setTimeout(() => this.ask(), retryMs(this.#failures, retryAfter));
  }
}
