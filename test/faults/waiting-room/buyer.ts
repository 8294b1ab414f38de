import { setTimeout as sleep } from 'node:timers/promises';
import type { Listener } from './buyer-socket.ts';
import { TOLD_WITHIN_MS } from './checks/check-answers.ts';
import { now } from './connections.ts';
import type { Contact, History } from './history.ts';
import type { Claims, Reply, Room, Verb } from './room-client.ts';
import * as settings from './settings.ts';

const RETRY_MS = 100;
const LAST_TRIES = 50;

/** How a buyer behaves. Times in ms. */
export interface Habits {
  claims: boolean;
  arrivesAfter: number;
  patience: number;
  dwell: number;
  /** Falls silent inside instead of leaving. */
  fades: boolean;
  /** Sends no request but to renew the ticket while the socket is open, which is contact enough. */
  listensOnly: boolean;
}

const below = (limit: number) => Math.random() * limit;
const oneOf = (share: number) => Math.random() < share;

export function someHabits(arriveWithinMs: number): Habits {
  const long = oneOf(settings.LONG_DWELLING);
  return {
    claims: !oneOf(settings.EXISTING_CLIENTS),
    // More buyers arrive at the beginning than at the end.
    arrivesAfter: arriveWithinMs * Math.random() ** 1.3,
    patience: oneOf(settings.IMPATIENT) ? below(30_000) : Number.POSITIVE_INFINITY,
    dwell: long ? settings.LONG_DWELL_MS : Math.min(-Math.log(1 - Math.random()), 4) * settings.DWELL_MS,
    fades: oneOf(settings.FADING),
    listensOnly: oneOf(0.5),
  };
}

/** Arrives, waits, goes in, stays for a while and leaves. Sends one request after the other, and records each. */
export class Buyer {
  readonly #user: number;
  readonly #token: string;
  readonly #habits: Habits;
  readonly #room: Room;
  readonly #history: History;
  readonly #listener: Listener | undefined;
  #claims: Claims = {};
  #claimsFrom = 0;
  #heard = 0;
  #wake: () => void = () => undefined;
  #isEnding = false;

  constructor(
    user: number,
    token: string,
    habits: Habits,
    room: Room,
    history: History,
    listener?: Listener,
  ) {
    this.#user = user;
    this.#token = token;
    this.#habits = habits;
    this.#room = room;
    this.#history = history;
    this.#listener = listener;
  }

  /** Asks for the place once more, without using an entry, and stops. */
  end(): void {
    this.#isEnding = true;
    this.#wake();
  }

  async live(): Promise<void> {
    const { arrivesAfter, patience, dwell, fades, claims } = this.#habits;
    await this.#rest(arrivesAfter);
    if (this.#isEnding) return this.#goSilent();
    const came = now();
    let insideSince: number | undefined;
    let failures = 0;
    let isListening = false;
    let verb: Verb = 'check';
    // Existing clients open a socket first. The others join the queue room with the ticket that they got.
    const listen = () =>
      this.#listener?.start(
        () => this.#wake(),
        () => (claims ? this.#claims : {}),
      );
    if (!claims) listen();

    for (;;) {
      const isLast = this.#isEnding;
      const { contact, estimatedWait } = await this.#contact(verb);
      const { status, state, nextPollMs = settings.POLL_MS } = contact;
      if (status !== 200) {
        if (isLast && ++failures === LAST_TRIES) return;
        await sleep((contact.retryAfter ?? 0) * 1_000 + RETRY_MS + below(RETRY_MS));
        continue;
      }
      if (verb === 'leave') return this.#goSilent(2 * TOLD_WITHIN_MS);
      if (isLast) return;
      if (claims && !isListening) listen();
      isListening = true;
      if (state === 'outside') {
        verb = 'check';
        continue;
      }
      const time = now();
      if (state === 'waiting') insideSince = undefined;
      if (state === 'inside' && insideSince === undefined) {
        insideSince = time;
        // A buyer who learns of their turn goes in by a check.
        if (verb !== 'check') {
          verb = 'check';
          continue;
        }
      }
      if (insideSince === undefined) {
        if (time - came > patience) {
          if (fades || oneOf(0.5)) return this.#goSilent();
          verb = 'leave';
          continue;
        }
        const pause = Math.max(nextPollMs, estimatedWait * 1_000 * settings.POLL_SHARE);
        verb = await this.#wait(Math.min(pause, settings.POLL_AT_MOST_MS) * (0.85 + below(0.15)));
      } else if (time - insideSince >= dwell) {
        if (fades) return this.#goSilent();
        verb = 'leave';
      } else {
        await this.#rest(Math.min(settings.POLL_AT_MOST_MS, dwell - (time - insideSince)));
        verb = this.#isEnding ? 'status' : this.#poll();
      }
    }
  }

  /** @returns the next request */
  async #wait(pause: number): Promise<Verb> {
    for (;;) {
      if (!this.#isCalled()) await this.#rest(pause);
      if (this.#isEnding) return 'status';
      if (this.#isCalled()) {
        this.#heard = this.#listener?.heard ?? 0;
        return 'check';
      }
      const time = now();
      // A ticket lasts as long as a silence may, so its owner renews it in time.
      const isOld = this.#habits.claims && time - this.#claimsFrom > (settings.TTL_SECONDS * 1_000) / 2;
      if (!this.#habits.listensOnly || !this.#listener?.stands || isOld) return this.#poll();
      const { instance } = this.#listener;
      this.#note({ kind: 'socket', instance, sentAt: time, endedAt: time, status: 200 });
    }
  }

  /** Whether the socket told of a turn since the last look. */
  #isCalled(): boolean {
    return (this.#listener?.heard ?? 0) > this.#heard;
  }

  #poll(): Verb {
    const chance = Math.random();
    return chance < 0.6 ? 'status' : chance < 0.85 ? 'heartbeat' : 'check';
  }

  async #contact(verb: Verb): Promise<Reply> {
    const reply = await this.#room.ask(verb, this.#token, this.#habits.claims ? this.#claims : {});
    const { contact, claims } = reply;
    if (claims.ticket || claims.pass) this.#claimsFrom = contact.sentAt;
    Object.assign(this.#claims, claims);
    this.#note({ kind: verb, ...contact });
    return reply;
  }

  #note(contact: Omit<Contact, 'user'>): void {
    this.#history.contacts.push({ user: this.#user, ...contact });
  }

  /** @param listensFor how long the socket stays open: it is contact, except for a buyer who has left */
  #goSilent(listensFor = 0): void {
    (this.#history.buyers[this.#user] as History['buyers'][number]).silentFrom = now();
    if (listensFor === 0) this.#listener?.stop();
    else setTimeout(() => this.#listener?.stop(), listensFor).unref();
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#isEnding ? 0 : ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
