import { setTimeout as sleep } from 'node:timers/promises';
import { type LiveEvent, type SeatLayout, SHOWN_STATUSES } from '../../live/types.ts';
import type { Coding } from '../../plugins/answers/coding.ts';
import { type Answer, MIN_BYTES, type Representation } from '../../plugins/answers/prepared-answer.ts';
import type { Hall } from './hall.ts';
import { inTurns } from './in-turns.ts';
import { join, joinGzip, Piece } from './pieces.ts';

/** A sale changes a few seats in each. Smaller pieces compress worse (25 seats: 170 KB for 5,000; 50: 156; whole: 151), and larger ones
 * take longer to make again (50 seats: 0.1 ms). */
const SEATS_A_PIECE = 50;
/** While a hall sells, its map is made again at most this often. */
const EVERY_MS = 50;
/**
 * For those who changed something, the map of a hall of 5,000 is made at once: it takes 0.5 ms. In a larger hall they wait for as many
 * ms as it has thousands of seats more, so that a venue behind one address costs a tenth of a core and not all of it.
 */
const AT_ONCE_SEATS = 5_000;
const SEATS_A_MS = 1_000;

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
    const making = this.#make(coding);
    this.#made.set(coding, making);
    return making;
  }

  async #make(coding: Coding): Promise<Representation> {
    const bytes = await (coding === 'gzip' ? joinGzip(this.#pieces) : join(this.#pieces));
    const representation = { coding, bytes };
    this.#made.set(coding, representation);
    return representation;
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
    const { version, layout, statuses } = this.event;
    const known = this.#answer;
    if (known?.etag === etagOf(version, layout, hall)) return known;
    const age = performance.now() - (known?.madeAt ?? Number.NEGATIVE_INFINITY);
    if (known && known.madeAt > notBefore && age < EVERY_MS) return known;
    const pause = Math.min(EVERY_MS, (statuses.length - AT_ONCE_SEATS) / SEATS_A_MS) - age;
    this.#making ??= this.#make(hall, pause).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(hall: Hall, pause: number): Promise<SeatMapAnswer> {
    if (pause > 0) await sleep(pause);
    // What changes while others have their turn is rendered again, so that in the end all of it is of one moment.
    for (let outdated = this.#outdated(); outdated.length > 0; outdated = this.#outdated())
      await inTurns(outdated, (piece) => this.#render(piece));
    const { version, layout } = this.event;
    const pieces = [new Piece(hall.head), ...this.#pieces, END];
    this.#answer = new SeatMapAnswer(pieces, etagOf(version, layout, hall));
    return this.#answer;
  }

  /** The numbers of the pieces that don't show the current statuses. */
  #outdated(): number[] {
    const { layout, statuses } = this.event;
    if (layout !== this.#layout) {
      this.#layout = layout;
      this.#pieces = [];
      this.#statuses = new Uint8Array(statuses.length);
    }
    const outdated: number[] = [];
    for (let start = 0; start < statuses.length; start += SEATS_A_PIECE) {
      const piece = start / SEATS_A_PIECE;
      if (!this.#pieces[piece] || !same(this.#statuses, statuses, start)) outdated.push(piece);
    }
    return outdated;
  }

  #render(piece: number): void {
    const { layout, statuses } = this.event;
    // The layout was replaced in the meantime: all pieces are outdated.
    if (layout !== this.#layout) return;
    const start = piece * SEATS_A_PIECE;
    const current = statuses.subarray(start, start + SEATS_A_PIECE);
    this.#pieces[piece] = new Piece(seatsAsJson(layout, current, start));
    this.#statuses.set(current, start);
  }
}

/** The same on every instance. */
function etagOf(version: number, layout: SeatLayout, hall: Hall): string {
  return `W/"v${version}-${layout.number}-${hall.tag}"`;
}

function same(rendered: Uint8Array, statuses: Uint8Array, start: number): boolean {
  const end = Math.min(start + SEATS_A_PIECE, statuses.length);
  for (let index = start; index < end; index++) if (rendered[index] !== statuses[index]) return false;
  return true;
}

/** The seats from `start` on, with these statuses. */
function seatsAsJson(
  { ids, sections, rows, numbers, labels, prices }: SeatLayout,
  statuses: Uint8Array,
  start: number,
): string {
  let json = '';
  for (const [offset, status] of statuses.entries()) {
    const index = start + offset;
    const seat = {
      id: ids[index],
      section: sections[index],
      row_number: rows[index],
      seat_number: numbers[index],
      seat_label: labels[index],
      price: prices[index],
      status: SHOWN_STATUSES[status],
    };
    json += `${index === 0 ? '' : ','}${JSON.stringify(seat)}`;
  }
  return json;
}
