import { fold } from './fold.ts';

/** A name in both languages, as an operator entered it. */
export interface KeywordMapping {
  korean: string;
  english: string;
}

/** Names that translate one search; the longest are enough. */
const MOST = 20;

/** The names that find each other: 아이유 finds IU, and IU finds 아이유. */
export class Keywords {
  readonly #mappings: KeywordMapping[];

  constructor(mappings: KeywordMapping[]) {
    const length = ({ korean, english }: KeywordMapping) => Math.max(korean.length, english.length);
    this.#mappings = mappings
      .map(({ korean, english }) => ({ korean: fold(korean), english: fold(english) }))
      .filter(({ korean, english }) => korean !== '' && english !== '')
      // Longest first, so that a name is not torn apart by a shorter name within it.
      .sort((a, b) => length(b) - length(a));
  }

  /** The folded text as typed, and with its names translated, each name alone and all together. */
  variants(typed: string): string[] {
    const inText = this.#mappings
      .filter(({ korean, english }) => typed.includes(korean) || typed.includes(english))
      .slice(0, MOST);
    if (inText.length === 0) return [typed];
    // As functions, because a replacement text could contain `$&`.
    const toEnglish = (text: string, { korean, english }: KeywordMapping) =>
      text.replaceAll(korean, () => english);
    const toKorean = (text: string, { korean, english }: KeywordMapping) =>
      text.replaceAll(english, () => korean);
    const translated = [toEnglish, toKorean].flatMap((translate) => [
      ...inText.map((mapping) => translate(typed, mapping)),
      inText.reduce(translate, typed),
    ]);
    return [...new Set([typed, ...translated])];
  }
}
