import { beginningWith, continuations, initialOf, isConsonant, only, type Range, stemOf } from './hangul.ts';

/** Characters that stand for themselves alone, and ranges after them: `indexOf` finds the former 4 times faster. */
interface Sequence {
  head: string;
  tail: Range[];
}

/**
 * What a folded text is searched for. Each character stands for itself, a consonant also for each syllable that begins with it, and the
 * last one for all that it may become.
 */
export class Pattern {
  /** Every text that matches has all of these; see `gramsOf`. */
  readonly grams: number[];
  readonly #sequences: Sequence[];

  /** @param wanted folded, and not empty */
  constructor(wanted: string) {
    const codes = codesOf(wanted);
    const last = codes.pop() as number;
    const before = codes.map((code) => (isConsonant(code) ? beginningWith(code) : only(code)));
    this.#sequences = continuations(last).map((end) => sequenceOf([...before, ...end]));
    this.grams = codes.map((code, i) => pair(code, initialOf(codes[i + 1] ?? last)));
    this.grams.push(single(stemOf(last)));
  }

  /** @param text folded */
  matches(text: string): boolean {
    return this.#sequences.some((sequence) => contains(text, sequence));
  }
}

function sequenceOf(ranges: Range[]): Sequence {
  const first = ranges.findIndex(({ low, high }) => low !== high);
  const head = first < 0 ? ranges : ranges.slice(0, first);
  return {
    head: String.fromCharCode(...head.map(({ letter }) => letter)),
    tail: ranges.slice(head.length),
  };
}

/**
 * The features by which an index finds a folded text: each character with the initial of the next one, each initial with the next one, and
 * each character alone as an initial and as a stem. They are hashes, so that two features may be one.
 */
export function gramsOf(text: string): Set<number> {
  const grams = new Set<number>();
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const initial = initialOf(code);
    grams.add(single(initial));
    if (initial !== code) grams.add(single(stemOf(code)));
    if (i + 1 === text.length) break;
    const next = initialOf(text.charCodeAt(i + 1));
    grams.add(pair(code, next));
    if (initial !== code) grams.add(pair(initial, next));
  }
  return grams;
}

function contains(text: string, { head, tail }: Sequence): boolean {
  const last = text.length - head.length - tail.length;
  for (let at = text.indexOf(head); at >= 0 && at <= last; at = text.indexOf(head, at + 1)) {
    const from = at + head.length;
    let length = 0;
    while (length < tail.length && isIn(text.charCodeAt(from + length), tail[length] as Range)) length++;
    if (length === tail.length) return true;
  }
  return false;
}

const isIn = (code: number, { low, high, letter }: Range) => (code >= low && code <= high) || code === letter;

const codesOf = (text: string) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

const single = (code: number) => pair(code, 0);

/** A hash of 32 bits. Its high bits are the best ones. */
function pair(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 1, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
}
