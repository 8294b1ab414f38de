import { Problem } from '../errors/problem.ts';
import type { Changes, Touched } from '../realtime/changes.ts';
import { Picture, type Snapshot, type Step } from './picture.ts';
import type { Query } from './query.ts';
import { type Missed, readEvent, readMissed } from './reads.ts';
import { RecentChanges } from './recent-changes.ts';
import type { SeatColumns } from './seat-columns.ts';
import { type EventChanges, type LiveEvent, STATUS_CODES } from './types.ts';

/** News of several instances overtake each other by a few ms. After this time, what is missing is read. */
const OUT_OF_ORDER_MS = 100;
/** Without a comparison for so long, a reader waits for one. Events that are read are compared once a second. */
const FRESH_MS = 2_000;
/** While PostgreSQL is away, an event is shown for so long as it was. */
const STALE_MS = 10_000;
/** So long after it was read, an event is kept up to date. */
const ACTIVE_MS = 10_000;
/** News that wait for those before them. */
const WAITING_AT_MOST = 200;

/** What an event in memory needs to know of the rest, and tells it. */
export interface Surroundings {
  query: Query;
  isDatabaseUp(): boolean;
  stepped(event: LiveEvent, changes: EventChanges): void;
  reset(event: LiveEvent): void;
}

/** One event in memory: takes news in the order of versions, and reads what it missed. */
export class TrackedEvent {
  readonly eventId: string;
  readonly recent = new RecentChanges();
  picture: Picture | undefined;
  /** How many need it now, whether or not it was read lately. */
  holders = 0;
  readonly #surroundings: Surroundings;
  /** News that came before those that precede them, by `from`. */
  readonly #early = new Map<number, Changes>();
  /** The last version that this instance committed, and the last one that is known to exist. */
  #own = 0;
  #latest = 0;
  /** When the last comparison with PostgreSQL was asked for. */
  #comparedAt = Number.NEGATIVE_INFINITY;
  /** PostgreSQL was away. It may have lost versions, and given their numbers to others. */
  #doubtful = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #catchingUp: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(eventId: string, surroundings: Surroundings) {
    this.eventId = eventId;
    this.#surroundings = surroundings;
  }

  get isActive(): boolean {
    return this.holders > 0 || performance.now() - this.#readAt < ACTIVE_MS;
  }

  /** The event, up to date or not. It counts as read. */
  recall(): Picture | undefined {
    this.#readAt = performance.now();
    return this.picture;
  }

  /** The event, if it is known to be up to date. */
  peek(): Picture | undefined {
    const picture = this.recall();
    const behind = !picture || picture.version < Math.max(this.#own, this.#latest);
    return behind || this.#doubtful || !this.#comparedWithin(FRESH_MS) ? undefined : picture;
  }

  /** The event, at least as new as the last commit of this instance. @throws Problem EVENT_NOT_FOUND; PostgreSQL's error */
  async current(): Promise<Picture> {
    this.#readAt = performance.now();
    for (;;) {
      const { picture } = this;
      if (picture && this.#mayShow(picture)) return picture;
      const bearable = picture && this.#comparedWithin(STALE_MS) ? picture : undefined;
      if (bearable && !this.#surroundings.isDatabaseUp()) return bearable;
      try {
        await this.catchUp();
      } catch (error) {
        if (!bearable || error instanceof Problem) throw error;
        return bearable;
      }
    }
  }

  /** Takes the changes of a commit. */
  note(changes: Changes): void {
    const { picture } = this;
    if (picture && changes.version <= picture.version) return;
    this.#latest = Math.max(this.#latest, changes.version);
    // The build before announces payments for tickets too, which change neither seats nor stock.
    if (changes.from === changes.version) return;
    if (this.#early.size >= WAITING_AT_MOST) this.#early.clear();
    this.#early.set(changes.from, changes);
    if (!picture) return;
    this.#takeEarly(picture);
    this.#expectMissing();
  }

  /** A commit of this instance: what is read from now on has it. */
  committed(version: number): void {
    this.#own = Math.max(this.#own, version);
  }

  /** @param known the version in memory when PostgreSQL was asked */
  compare(version: number, known: number, askedAt: number): void {
    if (!this.picture) return;
    if (version < known || this.#doubtful) {
      this.doubt();
      this.#catchUpAlone();
    } else if (version > this.picture.version) {
      this.#latest = Math.max(this.#latest, version);
      this.#expectMissing();
    } else this.#comparedAt = askedAt;
  }

  doubt(): void {
    this.#doubtful = true;
  }

  /** Reads what is missing, or the whole event. Those who call it meanwhile share it. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.catchUpOn(this.#surroundings.query).finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** The same for this caller alone, on a connection of its own. */
  async catchUpOn(query: Query): Promise<void> {
    const [own, latest] = [this.#own, this.#latest];
    await this.#read(query);
    const { version } = this.picture as Picture;
    // Versions that were announced and don't exist: PostgreSQL has lost them.
    if (version < own) this.#own = version;
    if (version < latest) this.#latest = version;
    this.#takeEarly(this.picture as Picture);
    this.#expectMissing();
  }

  /** What changed after a version, by index. `undefined` if that is too long ago, or the layout has changed. */
  stepAfter(since: number, { version, layout, changes }: Missed): Step | undefined {
    if (layout !== this.picture?.layout.number || !changes) return undefined;
    return this.#stepOf(since, version, changes.seats, changes.stock);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #mayShow(picture: Picture): boolean {
    return picture.version >= this.#own && !this.#doubtful && this.#comparedWithin(FRESH_MS);
  }

  #comparedWithin(ms: number): boolean {
    return performance.now() - this.#comparedAt < ms;
  }

  /** Takes the news that follow the version in memory. While that is doubtful, they wait for the event to be read. */
  #takeEarly(picture: Picture): void {
    if (this.#doubtful) return;
    for (let next = this.#early.get(picture.version); next; next = this.#early.get(picture.version)) {
      this.#early.delete(picture.version);
      if (next.version > picture.version && !this.#take(picture, next)) return;
    }
    for (const [from, { version }] of this.#early) if (version <= picture.version) this.#early.delete(from);
  }

  /** @returns whether the seats are known. If not, the layout has changed */
  #take(picture: Picture, { from, version, seats, stock }: Changes): boolean {
    const step = this.#stepOf(from, version, seats.map(byCode), stock);
    if (!step) return false;
    this.#advance(picture, step);
    return true;
  }

  #stepOf(
    from: number,
    version: number,
    seats: { seatId: string; status: Step['seats'][number]['status']; version: number }[],
    stock: Step['stock'],
  ): Step | undefined {
    const step: Step = { from, version, seats: [], stock };
    for (const { seatId, status, version: seatVersion } of seats) {
      const index = this.picture?.layout.indexOf(seatId);
      if (index === undefined) return undefined;
      step.seats.push({ index, status, version: seatVersion });
    }
    return step;
  }

  #advance(picture: Picture, step: Step): void {
    const changes = picture.changesOf(step);
    picture.apply(step);
    this.recent.add(changes);
    this.#surroundings.stepped(picture, changes);
  }

  /** Catches up if news are still missing after a moment. An event that nobody reads waits for its next reader. */
  #expectMissing(): void {
    if (this.#timer || !this.picture || this.picture.version >= this.#latest) return;
    if (!this.isActive) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.picture && this.picture.version < this.#latest) this.#catchUpAlone();
    }, OUT_OF_ORDER_MS);
  }

  /** If it fails, the next comparison tries again. */
  #catchUpAlone(): void {
    this.catchUp().catch(() => undefined);
  }

  /** News may bring the event forward meanwhile. Steps that begin before its version do no harm. */
  async #read(query: Query): Promise<void> {
    if (this.picture && this.#doubtful) return await this.#readAnew(query, this.picture);
    const askedAt = performance.now();
    const { picture, eventId } = this;
    const known = picture?.version ?? 0;
    if (picture) {
      const missed = await readMissed(query, eventId, known);
      if (!missed) throw new Problem('EVENT_NOT_FOUND');
      const step = this.stepAfter(known, missed);
      if (step) {
        if (step.version > picture.version) this.#advance(picture, step);
        this.#comparedAt = askedAt;
        return;
      }
    }
    const snapshot = await this.#snapshot(query, picture?.layout);
    this.#comparedAt = askedAt;
    // Another reader may have been faster.
    if (!this.picture) this.picture = new Picture(eventId, snapshot);
    else if (snapshot.version > this.picture.version || snapshot.version < known)
      this.#goTo(this.picture, snapshot, snapshot.layout.number === this.picture.layout.number);
  }

  /** Reads the whole event, of which nothing is certain. News that come meanwhile wait, and follow it. */
  async #readAnew(query: Query, picture: Picture): Promise<void> {
    const askedAt = performance.now();
    // Some may be of versions that PostgreSQL has lost.
    this.#early.clear();
    const snapshot = await this.#snapshot(query);
    // Another reader was faster.
    if (!this.#doubtful) return;
    this.#doubtful = false;
    this.#comparedAt = askedAt;
    this.#goTo(picture, snapshot, picture.layout.equals(snapshot.layout));
  }

  async #snapshot(query: Query, known?: SeatColumns): Promise<Snapshot> {
    const snapshot = await readEvent(query, this.eventId, known);
    if (!snapshot) throw new Problem('EVENT_NOT_FOUND');
    return snapshot;
  }

  /** If the layout has changed or PostgreSQL has lost versions, subscribers start anew. */
  #goTo(picture: Picture, snapshot: Snapshot, sameLayout: boolean): void {
    const step = sameLayout && snapshot.version >= picture.version ? picture.stepTo(snapshot) : undefined;
    if (step && step.version > step.from) this.#advance(picture, step);
    else if (!step || step.seats.length + step.stock.length > 0) this.#startAnew(picture, snapshot);
  }

  #startAnew(picture: Picture, snapshot: Snapshot): void {
    picture.replace(snapshot);
    this.recent.clear();
    this.#surroundings.reset(picture);
  }
}

function byCode({ seatId, status, version }: Touched['seats'][number]) {
  return { seatId, status: STATUS_CODES[status], version };
}
