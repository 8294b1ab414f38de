import type { SeatStatus } from '../../database/schema.ts';
import { type LiveEvent, type SeatLayout, STATUS_CODES } from '../../live/types.ts';
import type { Coding } from '../../plugins/answers/coding.ts';
import { type Answer, MIN_BYTES, type Representation } from '../../plugins/answers/prepared-answer.ts';
import type { Hall } from './hall.ts';
import { type IsOver, inTurns } from './in-turns.ts';
import { join, joinGzip, Piece } from './pieces.ts';

/** A sale changes a few seats in each. Smaller pieces compress worse (25 seats: 170 KB for 5,000; 50: 156; whole: 151), and larger ones
 * take longer to make again (50 seats: 0.1 ms). */
const SEATS_A_PIECE = 50;
/** While a hall sells, its map is made again at most this often. */
const EVERY_MS = 50;

const STATUS_NAMES = Object.keys(STATUS_CODES) as SeatStatus[];
const END = new Piece(']}');

/** A seat map at one version. */
class SeatMapAnswer implements Answer {
  readonly etag: string;
  /** Brotli can't join what was compressed apart. */
  readonly codings: readonly Coding[];
  readonly madeAt = performance.now();
  readonly #pieces: readonly Piece[];
  readonly #made = new Map<Coding, Representation | Promise<Representation>>();

  constructor(pieces: readonly Piece[], etag: string) {
    this.#pieces = pieces;
    this.etag = etag;
    const size = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.codings = size < MIN_BYTES ? [] : ['gzip'];
  }

  represent(coding: Coding): Representation | Promise<Representation> {
    const known = this.#made.get(coding);
    if (known !== undefined) return known;
    const made = coding === 'gzip' ? this.#gzip() : { coding, bytes: join(this.#pieces) };
    this.#made.set(coding, made);
    return made;
  }

  #gzip(): Representation | Promise<Representation> {
    const joined = (): Representation => {
      const gzip: Representation = { coding: 'gzip', bytes: joinGzip(this.#pieces) };
      this.#made.set('gzip', gzip);
      return gzip;
    };
    const deflating = inTurns((isOver) => this.#deflateSome(isOver));
    return deflating === undefined ? joined() : deflating.then(joined);
  }

  #deflateSome(isOver: IsOver): boolean {
    for (const piece of this.#pieces) {
      if (piece.isDeflated) continue;
      if (isOver()) return false;
      piece.deflated;
    }
    return true;
  }
}

/** The reference's seat map of one event. A change of a seat costs as much as the piece that the seat is in. */
export class SeatMap {
  readonly event: LiveEvent;
  #pieces: Piece[] = [];
  /** The statuses in the pieces. */
  #statuses = new Uint8Array();
  #layout: SeatLayout | undefined;
  #answer: SeatMapAnswer | undefined;
  #making: Promise<SeatMapAnswer> | undefined;

  constructor(event: LiveEvent) {
    this.event = event;
  }

  /**
   * The map as it is now, or was up to 50 ms ago.
   *
   * @param notBefore a time: the map must have everything that changed until then
   */
  answer(hall: Hall, notBefore: number): Answer | Promise<Answer> {
    const { version, layout } = this.event;
    const known = this.#answer;
    if (known) {
      if (known.etag === etagOf(version, layout, hall)) return known;
      if (known.madeAt > Math.max(notBefore, performance.now() - EVERY_MS)) return known;
    }
    return this.#making ?? this.#make(hall);
  }

  #make(hall: Hall): SeatMapAnswer | Promise<SeatMapAnswer> {
    const finish = () => {
      const { version, layout } = this.event;
      const pieces = [new Piece(hall.head), ...this.#pieces, END];
      this.#answer = new SeatMapAnswer(pieces, etagOf(version, layout, hall));
      this.#making = undefined;
      return this.#answer;
    };
    const rendering = inTurns((isOver) => this.#renderSome(isOver));
    if (rendering === undefined) return finish();
    this.#making = rendering.then(finish);
    return this.#making;
  }

  /** Renders what has changed since it was rendered, also in an earlier turn. So when all is done, all of it is of this moment. */
  #renderSome(isOver: IsOver): boolean {
    const { layout, statuses } = this.event;
    if (layout !== this.#layout) {
      this.#layout = layout;
      this.#pieces = [];
      this.#statuses = new Uint8Array(statuses.length);
    }
    for (let start = 0; start < statuses.length; start += SEATS_A_PIECE) {
      const piece = start / SEATS_A_PIECE;
      const end = Math.min(start + SEATS_A_PIECE, statuses.length);
      if (this.#pieces[piece] && same(this.#statuses, statuses, start, end)) continue;
      if (isOver()) return false;
      this.#pieces[piece] = new Piece(seatsAsJson(layout, statuses, start, end));
      this.#statuses.set(statuses.subarray(start, end), start);
    }
    return true;
  }
}

/** The same on every instance. */
function etagOf(version: number, layout: SeatLayout, hall: Hall): string {
  return `W/"v${version}-${layout.number}-${hall.tag}"`;
}

function same(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (a[index] !== b[index]) return false;
  return true;
}

function seatsAsJson(
  { ids, sections, rows, numbers, labels, prices }: SeatLayout,
  statuses: Uint8Array,
  start: number,
  end: number,
): string {
  let json = '';
  for (let index = start; index < end; index++) {
    const seat = {
      id: ids[index],
      section: sections[index],
      row_number: rows[index],
      seat_number: numbers[index],
      seat_label: labels[index],
      price: prices[index],
      status: STATUS_NAMES[statuses[index] as number],
    };
    json += `${index === 0 ? '' : ','}${JSON.stringify(seat)}`;
  }
  return json;
}
