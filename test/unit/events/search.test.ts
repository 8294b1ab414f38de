import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold, normalize } from '../../../src/events/search/fold.ts';
import { GramIndex } from '../../../src/events/search/gram-index.ts';
import { gramsOf, Pattern } from '../../../src/events/search/pattern.ts';

/** As a search goes: the index first, and then the text. */
function finds(q: string, text: string): boolean {
  const index = new GramIndex();
  index.add(7, gramsOf(fold(text)));
  const pattern = new Pattern(fold(q));
  return index.find(pattern.grams).includes(7) && pattern.matches(fold(text));
}

describe('a search by what was typed so far', () => {
  test.each([
    // Initial consonants, alone and after whole syllables.
    ['ㅇㅇㅇ', '아이유'],
    ['ㅋㅅㅌ', '아이유 콘서트'],
    ['아ㅇ', '아이유'],
    ['아ㅇㅇ', '아이유'],
    ['ㅇ이ㅇ', '아이유'],
    ['ㅇㅇㅇ ㅋ', '아이유 콘서트'],
    // A keyboard draws ㄱㅅ as ㄳ.
    ['ㄳ', '가수'],
    ['ㅂㅄ', '뱀밥상'],
    ['ㄲ', '꽃'],
    // The last syllable.
    ['아이', '아이유'],
    ['아잉', '아이유'],
    ['아이윳', '아이유소'],
    ['코', '콘서트'],
    ['콘섵', '콘서트'],
    ['고', '과천'],
    ['구', '궤도'],
    ['그', '긔'],
    ['달', '닭'],
    ['닭', '달가'],
    ['닭', '닭'],
    ['앉', '안자'],
    ['밖', '바깥'],
    ['있', '이쓰'],
  ])('%j finds %j', (q, text) => {
    expect(finds(q, text)).toBe(true);
    expect(finds(q, `앞 ${text} 뒤`)).toBe(true);
    expect(finds(q.normalize('NFD'), text.normalize('NFD'))).toBe(true);
  });

  test.each([
    ['ㅇㅇㅇ', '아이 유'],
    ['ㄴ', '안'],
    ['ㄱ', '까'],
    ['코서', '콘서트'],
    ['과', '고'],
    ['콘', '코트'],
    ['아이윳', '아이유다'],
    ['닭', '달나'],
    ['ㅏ', '아'],
  ])('%j does not find %j', (q, text) => {
    expect(finds(q, text)).toBe(false);
  });
});

describe('a search takes for the same', () => {
  test.each([
    ['any case', 'ΟΔΟΣ', 'οδος'],
    ['a dot on a capital I', 'istanbul', 'İSTANBUL'],
    ['an i without a dot', 'Irmak', 'ırmak'],
    ['ß and SS', 'STRASSE', 'Straße'],
    ['full width', 'ＩＵ', 'iu'],
    ['half width', 'ﾌﾟﾛ', 'プロ'],
    ['composed and decomposed', 'Beyonce\u0301', 'BEYONCÉ'],
    ['한글 of a Mac', '아이유'.normalize('NFD'), '아이유'],
    ['a no-break space', 'a\u00a0b', 'a b'],
    ['a wide space', 'a\u3000b', 'a b'],
    ['several blanks', 'a \t\n b', 'a b'],
    ['a filler', 'a\u3164b', 'a b'],
  ])('%s', (_what, one, other) => {
    expect(fold(one)).toBe(fold(other));
  });

  test('42 syllables, in NFD as well', () => {
    expect([...normalize('한'.repeat(42).normalize('NFD'))]).toHaveLength(42);
  });

  test('any text in NFC and in NFD', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fold(text.normalize('NFD'))).toBe(fold(text.normalize('NFC')));
      }),
    );
  });
});

describe('the index', () => {
  const word = fc.string({
    unit: fc.constantFrom(...'가각간갈감까나다아이유윳콘서트ㄱㄳㅏaBß0 İΣ', '\u0301'),
    maxLength: 12,
  });

  test('misses no text that a pattern matches', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), word, (texts, q) => {
        const wanted = fold(q);
        fc.pre(wanted !== '');
        const index = new GramIndex();
        for (const [number, text] of texts.entries()) index.add(number, gramsOf(fold(text)));
        const pattern = new Pattern(wanted);
        const candidates = new Set(index.find(pattern.grams));
        for (const [number, text] of texts.entries())
          if (pattern.matches(fold(text))) expect(candidates).toContain(number);
      }),
    );
  });

  test('finds every text by each part of it, however many there are', () => {
    const index = new GramIndex();
    const texts = Array.from({ length: 3_000 }, (_, number) => `공연 ${number} 회`);
    for (const [number, text] of texts.entries()) index.add(number, gramsOf(text));
    for (const number of [0, 31, 32, 1_023, 1_024, 2_999])
      expect(index.find(new Pattern(`${number} 회`).grams)).toContain(number);
  });

  test('forgets a text', () => {
    const index = new GramIndex();
    for (const number of [1, 2]) index.add(number, gramsOf('아이유'));
    index.remove(1);
    expect([...index.find(new Pattern('아이유').grams)]).toEqual([2]);
  });
});
