/*
 * Hangul as it is typed. A syllable is an initial consonant, a vowel and perhaps a final consonant. In Unicode the syllables from 가 to
 * 힣 stand in this order, 28 finals for each vowel and 21 vowels for each initial.
 */

const FIRST = 0xac00;
const LAST = 0xd7a3;
const FINALS = 28;
const SYLLABLES_OF_INITIAL = 21 * FINALS;

/** As keyboards send them, in the order of Unicode's initials and finals. */
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const FINAL_LETTERS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

/** Two consonants that keyboards draw together: ㄱㅅ becomes ㄳ. */
const CLUSTERS: Record<string, string> = {
  ㄳ: 'ㄱㅅ',
  ㄵ: 'ㄴㅈ',
  ㄶ: 'ㄴㅎ',
  ㄺ: 'ㄹㄱ',
  ㄻ: 'ㄹㅁ',
  ㄼ: 'ㄹㅂ',
  ㄽ: 'ㄹㅅ',
  ㄾ: 'ㄹㅌ',
  ㄿ: 'ㄹㅍ',
  ㅀ: 'ㄹㅎ',
  ㅄ: 'ㅂㅅ',
};

/** The last vowel that a vowel may still become: ㅗ becomes ㅘ, ㅙ or ㅚ. */
const VOWEL_GROWS_TO: Record<number, number> = { 8: 11, 13: 16, 18: 19 };
/** The last final that a final may still become: ㄹ becomes ㄺ to ㅀ. Some keyboards type ㄲ as ㄱㄱ and ㅆ as ㅅㅅ. */
const FINAL_GROWS_TO: Record<number, number> = { 1: 3, 4: 6, 8: 15, 17: 18, 19: 20 };

/** Characters of a text, as UTF-16 codes from `low` to `high`, or `letter` alone. */
export interface Range {
  low: number;
  high: number;
  letter: number;
}

const isSyllable = (code: number): boolean => code >= FIRST && code <= LAST;
export const isConsonant = (code: number): boolean => code >= 0x3131 && code <= 0x314e;

/** The consonant that a syllable begins with; any other character itself. */
export function initialOf(code: number): number {
  return isSyllable(code) ? INITIALS.charCodeAt(Math.floor((code - FIRST) / SYLLABLES_OF_INITIAL)) : code;
}

/** The syllable without its final, and with the simple vowel that 과 and 고 begin with; any other character itself. */
export function stemOf(code: number): number {
  if (!isSyllable(code)) return code;
  const offset = code - FIRST;
  const initial = Math.floor(offset / SYLLABLES_OF_INITIAL) * SYLLABLES_OF_INITIAL;
  let vowel = Math.floor((offset - initial) / FINALS);
  for (const [simple, grown] of Object.entries(VOWEL_GROWS_TO)) {
    if (vowel > Number(simple) && vowel <= grown) vowel = Number(simple);
  }
  return FIRST + initial + vowel * FINALS;
}

/** Splits consonants that a keyboard drew together: ㄳ is ㄱㅅ, the initials of 가수. */
export function splitClusters(text: string): string {
  return text.replace(/[\u3131-\u314e]/g, (letter) => CLUSTERS[letter] ?? letter);
}

export const only = (code: number): Range => ({ low: code, high: code, letter: code });

/** A consonant stands for itself and for each syllable that begins with it. */
export function beginningWith(consonant: number): Range {
  const index = INITIALS.indexOf(String.fromCharCode(consonant));
  if (index < 0) return only(consonant);
  const low = FIRST + index * SYLLABLES_OF_INITIAL;
  return { low, high: low + SYLLABLES_OF_INITIAL - 1, letter: consonant };
}

/**
 * What the last character of a text may become while its author types on: 코 becomes 콘, and 윳 is on the way from 유 to 유소.
 *
 * @returns one sequence, or two
 */
export function continuations(code: number): Range[][] {
  if (isConsonant(code)) return [[beginningWith(code)]];
  if (!isSyllable(code)) return [[only(code)]];
  const final = (code - FIRST) % FINALS;
  const open = code - final;
  if (final === 0) {
    const vowel = Math.floor((open - FIRST) / FINALS) % 21;
    const grown = VOWEL_GROWS_TO[vowel] ?? vowel;
    return [[{ low: code, high: open + (grown - vowel) * FINALS + FINALS - 1, letter: code }]];
  }
  const letter = FINAL_LETTERS.charAt(final - 1);
  const [first, moves] = CLUSTERS[letter] ?? ['', letter];
  const left = first ? open + FINAL_LETTERS.indexOf(first) + 1 : open;
  const asTyped = { low: code, high: open + (FINAL_GROWS_TO[final] ?? final), letter: code };
  return [[asTyped], [only(left), beginningWith((moves as string).charCodeAt(0))]];
}
