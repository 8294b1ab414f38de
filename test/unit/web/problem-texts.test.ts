import { describe, expect, test } from 'vitest';
import { catalogue } from '../../../src/errors/catalogue.ts';
import { en } from '../../../src/web/shared/problems/en.ts';
import { ko } from '../../../src/web/shared/problems/ko.ts';
import { nextSteps } from '../../../src/web/shared/problems/next-steps.ts';

const codes = [...Object.keys(catalogue), 'NETWORK_ERROR', 'UNEXPECTED_ANSWER'].toSorted();

describe.each([
  ['Korean', ko],
  ['English', en],
])('in %s', (name, sentences) => {
  test('every error has a sentence and a next step', () => {
    expect(Object.keys(sentences).toSorted()).toEqual(codes);
    expect(Object.keys(nextSteps).toSorted()).toEqual(codes);
  });

  test('no sentence shows a code or a term of HTTP', () => {
    for (const sentence of Object.values(sentences)) {
      expect(sentence).toMatch(/[.?]$/);
      expect(sentence).not.toMatch(/[A-Z]+_[A-Z]|\b[45]\d\d\b|HTTP|token|토큰|[Hh]eader|헤더/);
      expect(/\p{Script=Hangul}/u.test(sentence)).toBe(name === 'Korean');
    }
  });
});
