import type { EventChanges, LiveEvent, SeatLayout } from '../../live/types.ts';
import { PreparedAnswer } from '../../plugins/answers/prepared-answer.ts';

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const VALUES = new Uint8Array(128);
for (const [value, character] of ALPHABET.entries()) VALUES[character] = value;

const SEATS_A_CHARACTER = 3;

/** The statuses of an event in Base64, two bits a seat: a changed seat is a changed character. */
export class StatusText {
  #version: number;
  readonly #layout: SeatLayout;
  readonly #text: Buffer;
  #answer: PreparedAnswer | undefined;

  constructor({ version, layout, statuses }: LiveEvent) {
    this.#version = version;
    this.#layout = layout;
    const bytes = Buffer.alloc(Math.ceil(statuses.length / 4));
    for (const [seat, code] of statuses.entries())
      bytes[seat >> 2] = (bytes[seat >> 2] as number) | (code << (6 - 2 * (seat & 3)));
    this.#text = Buffer.from(bytes.toString('base64'));
  }

  /** Whether the text says what the event is now. */
  isOf({ version, layout }: LiveEvent): boolean {
    return version === this.#version && layout === this.#layout;
  }

  apply({ version, seats }: EventChanges): void {
    for (const [seat, code] of seats) {
      const at = Math.floor(seat / SEATS_A_CHARACTER);
      const shift = 4 - 2 * (seat % SEATS_A_CHARACTER);
      const others = (VALUES[this.#text[at] as number] as number) & ~(3 << shift);
      this.#text[at] = ALPHABET[others | (code << shift)] as number;
    }
    this.#version = version;
    this.#answer = undefined;
  }

  /** Copies the text once a version, and only if it is asked for. */
  answer({ eventId, version, layout }: LiveEvent): PreparedAnswer {
    if (this.#answer) return this.#answer;
    const { number, ids } = layout;
    const head = { eventId, version, layout: number, count: ids.length };
    const body = `${JSON.stringify(head).slice(0, -1)},"statuses":"${this.#text.toString('latin1')}"}`;
    this.#answer = new PreparedAnswer(Buffer.from(body, 'latin1'), `v${version}-${number}`);
    return this.#answer;
  }
}
