import type { Contact, History, RoomFault } from '../../../faults/waiting-room/history.ts';

/** A buyer of an invented history. Times in ms, and moments from its start. */
interface Character {
  claims: boolean;
  /** Whether the buyer has a socket in the queue room all the time. */
  listens: boolean;
  arrivesAt: number;
  pollMs: number;
  dwellMs: number;
  /** Falls silent instead of leaving. */
  fadesInside: boolean;
  /** How long the buyer waits at most. */
  patienceMs: number;
}

export interface Plot {
  characters: Character[];
  threshold: number;
  /** Each request takes the next of them, over and over. */
  latencies: number[];
  kill: { at: number; instance: number };
  /** When Redis loses everything. */
  lossAt: number;
  /** When the master of Redis is demoted, if it is. */
  demotedAt?: number;
}

export const TTL_MS = 10_000;
export const REFORM_MS = 3_000;
const STORY_MS = 90_000;
const START = Date.parse('2026-07-01T11:00:00Z');
const INSTANCES = 3;
const KILLED_FOR_MS = 2_000;
const LOSS_TAKES_MS = 20;
const TOLD_AFTER_MS = 100;
/** How long the address leads to a demoted master. */
const DEMOTED_FOR_MS = 1_500;

/**
 * A correct waiting room in few words. After a loss it is as if all buyers with proofs came back at once. A buyer who was let in
 * without knowing yet has no pass to show, and is back in line.
 */
class Room {
  readonly waiting: { user: number; sequence: number; contactAt: number }[] = [];
  /** When each place ends. */
  readonly inside = new Map<number, number>();
  readonly admitted: { user: number; at: number }[] = [];
  readonly #threshold: number;
  readonly #sequenceOf = new Map<number, number>();
  readonly #withPass = new Set<number>();
  #sequence = 0;
  #closedUntil = 0;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  moveTo(now: number): void {
    for (const [user, until] of this.inside) if (until <= now) this.inside.delete(user);
    this.#remove(({ contactAt }) => contactAt + TTL_MS <= now);
    while (now >= this.#closedUntil && this.inside.size < this.#threshold) {
      const head = this.waiting.shift();
      if (!head) break;
      this.inside.set(head.user, now + TTL_MS);
      this.admitted.push({ user: head.user, at: now });
    }
  }

  contact(user: number, now: number): void {
    const place = this.waiting.find((each) => each.user === user);
    if (place) place.contactAt = now;
    if (this.inside.has(user)) this.inside.set(user, now + TTL_MS);
  }

  check(user: number, now: number): void {
    if (this.inside.has(user) || this.waiting.some((each) => each.user === user)) return;
    if (now >= this.#closedUntil && this.waiting.length === 0 && this.inside.size < this.#threshold)
      this.inside.set(user, now + TTL_MS);
    else {
      this.#sequenceOf.set(user, ++this.#sequence);
      this.waiting.push({ user, sequence: this.#sequence, contactAt: now });
    }
  }

  leave(user: number): void {
    this.inside.delete(user);
    this.#remove((each) => each.user === user);
  }

  lose(now: number, forgotten: (user: number) => boolean): void {
    this.#closedUntil = now + REFORM_MS;
    this.#sequence += 1_000_000;
    this.#remove(({ user }) => forgotten(user));
    for (const user of this.inside.keys()) {
      const sequence = this.#sequenceOf.get(user);
      if (forgotten(user)) this.inside.delete(user);
      else if (!this.#withPass.has(user) && sequence !== undefined) {
        this.inside.delete(user);
        this.waiting.push({ user, sequence, contactAt: now });
      }
    }
    this.waiting.sort((a, b) => a.sequence - b.sequence);
  }

  /** @param arrives whether the buyer gets the answer, and with it their pass */
  answer(user: number, arrives: boolean): Partial<Contact> {
    const index = this.waiting.findIndex((each) => each.user === user);
    if (arrives && this.inside.has(user)) this.#withPass.add(user);
    return {
      state: this.inside.has(user) ? 'inside' : index >= 0 ? 'waiting' : 'outside',
      position: index + 1,
      ...(index >= 0 && { sequence: this.waiting[index]?.sequence as number }),
      queueSize: this.waiting.length,
      currentUsers: this.inside.size,
      threshold: this.#threshold,
    };
  }

  #remove(which: (place: { user: number; contactAt: number }) => boolean): void {
    this.waiting.splice(0, Infinity, ...this.waiting.filter((place) => !which(place)));
  }
}

/** Plays a plot and records what its buyers see: a history without violations. */
export function play({
  characters,
  threshold,
  latencies,
  kill,
  lossAt,
  demotedAt = Infinity,
}: Plot): History {
  const room = new Room(threshold);
  const killedUntil = kill.at + KILLED_FOR_MS;
  const buyers = characters.map(({ claims }): History['buyers'][number] => ({ claims }));
  const contacts: Contact[] = [];
  const todo: { at: number; run: () => void }[] = [];
  /** Keeps what is to be done in order; entries of one moment stay in the order in which they were made. */
  const later = (at: number, run: () => void) => {
    let [from, to] = [0, todo.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((todo[middle] as { at: number }).at > at) to = middle;
      else from = middle + 1;
    }
    todo.splice(from, 0, { at, run });
  };
  let requests = 0;

  function ask(user: number, kind: Contact['kind'], sentAt: number, answered: (contact: Contact) => void) {
    const instance = requests % INSTANCES;
    const latency = latencies[requests++ % latencies.length] as number;
    const endedAt = sentAt + latency;
    const breaks = instance === kill.instance && endedAt >= kill.at && sentAt <= killedUntil;
    const asked = { user, kind, instance, sentAt: START + sentAt, endedAt: START + endedAt };
    const processedAt = sentAt + latency / 2;
    const isUnavailable = processedAt >= demotedAt && processedAt <= demotedAt + DEMOTED_FOR_MS;
    // Some requests whose connection breaks reach the service.
    const isHeard = !isUnavailable && (!breaks || requests % 2 === 0);
    let answer: Partial<Contact> = {};
    if (isHeard)
      later(processedAt, () => {
        const now = processedAt;
        room.moveTo(now);
        if (kind === 'leave') room.leave(user);
        else room.contact(user, now);
        if (kind === 'check') room.check(user, now);
        room.moveTo(now);
        if (kind !== 'leave') answer = room.answer(user, !breaks);
      });
    later(endedAt, () => {
      const contact: Contact = breaks
        ? { ...asked, status: null }
        : isUnavailable
          ? { ...asked, status: 503, retryAfter: 1 }
          : { ...asked, ...answer, status: 200 };
      contacts.push(contact);
      answered(contact);
    });
  }

  for (const [user, character] of characters.entries()) {
    const { arrivesAt, pollMs, dwellMs, patienceMs, fadesInside } = character;
    let insideSince: number | undefined;
    const next = (kind: Contact['kind'], at: number) => later(at, () => ask(user, kind, at, heard));
    const fallSilent = (at: number) => {
      Object.assign(buyers[user] as object, { silentFrom: START + at });
    };
    const heard = ({ kind, status, state, endedAt }: Contact) => {
      const now = endedAt - START;
      if (status !== 200) return next(kind, now + 200);
      if (kind === 'leave') return fallSilent(now);
      if (state === 'outside') return next('check', now + 50);
      if (state === 'inside') insideSince ??= now;
      const isDone =
        insideSince === undefined ? now - arrivesAt > patienceMs : now - insideSince > dwellMs && fadesInside;
      if (isDone) return fallSilent(now);
      if (insideSince !== undefined && now - insideSince > dwellMs) return next('leave', now + 10);
      if (now + pollMs < STORY_MS) next(requests % 3 === 0 ? 'check' : 'status', now + pollMs);
    };
    next('check', arrivesAt);
  }
  for (const now of [lossAt + LOSS_TAKES_MS / 2, demotedAt + DEMOTED_FOR_MS].filter(Number.isFinite))
    later(now, () => {
      room.moveTo(now);
      room.lose(now, (user) => !characters[user]?.claims);
    });
  for (let step = todo.shift(); step; step = todo.shift()) step.run();

  const fault = (about: Omit<RoomFault, 'from' | 'to'>, at: number, takesMs: number): RoomFault => ({
    ...about,
    from: START + at,
    to: START + at + takesMs,
  });
  const killed = { name: 'kill -9', unavailable: true, breaks: [kill.instance], loses: false };
  const flushed = { name: 'Redis is flushed', unavailable: false, breaks: [], loses: true };
  const demoted = { name: 'Redis master demoted', unavailable: true, breaks: [], loses: true };
  return {
    settings: { threshold, ttlMs: TTL_MS, reformMs: REFORM_MS },
    buyers,
    contacts,
    presences: characters.flatMap(({ listens }, user) =>
      listens ? [{ user, instance: 0, from: START, to: START + 2 * STORY_MS }] : [],
    ),
    heard: room.admitted
      .filter(({ user }) => characters[user]?.listens)
      .map(({ user, at }) => ({ user, at: START + at + TOLD_AFTER_MS })),
    updates: [{ at: START, queueSize: 0, currentUsers: 0, threshold }],
    faults: [
      fault(killed, kill.at, KILLED_FOR_MS),
      fault(flushed, lossAt, LOSS_TAKES_MS),
      ...(Number.isFinite(demotedAt) ? [fault(demoted, demotedAt, DEMOTED_FOR_MS)] : []),
    ].sort((a, b) => a.from - b.from),
    endedAt: START + STORY_MS,
  };
}
