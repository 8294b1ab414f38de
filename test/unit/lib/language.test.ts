import { expect, test } from 'vitest';
import { catalogue } from '../../../src/errors/catalogue.ts';
import { preferredLanguage } from '../../../src/lib/language.ts';
import { messages } from '../../../src/lib/messages.ts';

test.each<[string | undefined, 'ko' | 'en']>([
  [undefined, 'ko'],
  ['', 'ko'],
  ['*', 'ko'],
  ['fr-FR,de;q=0.9', 'ko'],
  ['ko', 'ko'],
  ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
  ['en', 'en'],
  ['EN-us', 'en'],
  ['en-US,en;q=0.9,ko;q=0.8', 'en'],
  ['ko;q=0.2, en;q=0.8', 'en'],
  ['ko;q=0.8, en ; q=0.2', 'ko'],
  ['fr, en;q=0.5', 'en'],
  ['ko,en', 'ko'],
  ['en;q=0', 'ko'],
  ['en;q=nonsense', 'ko'],
  [`${'a,'.repeat(30)}en`, 'ko'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

test('every message exists in Korean and in English', () => {
  for (const { ko, en } of [...Object.values(messages), ...Object.values(catalogue)]) {
    expect(ko).toMatch(/[가-힣]/);
    expect(en).toMatch(/^[A-Z][\x20-\x7e]+$/);
  }
});
