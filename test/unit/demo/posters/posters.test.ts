import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { fitText, LINE_HEIGHT, partsOf, textWidth } from '../../../../src/demo/posters/lettering.ts';
import posters from '../../../../src/demo/posters/plugin.ts';
import { drawPoster } from '../../../../src/demo/posters/poster.ts';

test.each([
  ['뮤지컬 〈레미제라블〉 – 부산', { before: '뮤지컬', name: '레미제라블', after: '부산' }],
  ['싸이 흠뻑쇼 – 부산', { before: '', name: '싸이 흠뻑쇼', after: '부산' }],
  ['서울재즈페스티벌', { before: '', name: '서울재즈페스티벌', after: '' }],
])('a poster sets the name in %s apart', (title, parts) => {
  expect(partsOf(title)).toEqual(parts);
});

test.each([
  '축가',
  '서울시립교향악단과 함께하는 송년 음악회, 베토벤 교향곡 9번 ‘합창’과 그 뒤의 이야기',
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk',
  '가'.repeat(500),
])('a title stays inside its poster, however long: %s', (title) => {
  const { lines, size } = fitText(title, 512, 150);
  expect(lines.length * size * LINE_HEIGHT).toBeLessThanOrEqual(150);
  for (const line of lines) expect(textWidth(line) * size).toBeLessThanOrEqual(512);
});

test('a title is text, whatever it contains', () => {
  const design = { sky: '#000', ground: '#000', ink: '#fff', accent: '#fff', picture: '' };
  const picture = drawPoster({ title: '<script>&"', artist: null, venue: '</svg>' }, design);
  expect(picture).not.toMatch(/<script|<\/svg>./);
});

test('a poster may be kept and runs nothing, and no other name is one', async () => {
  const app = Fastify();
  await app.register(posters);
  const { headers } = await app.inject('/images/wicked.svg');
  expect(headers).toMatchObject({
    'content-type': 'image/svg+xml; charset=utf-8',
    'cache-control': expect.stringContaining('max-age=86400'),
    'content-security-policy': "default-src 'none';frame-ancestors 'none';sandbox",
  });
  for (const name of ['wicked', 'wicked.png', 'constructor.svg', '__proto__.svg', '..%2fwicked.svg'])
    expect((await app.inject(`/images/${name}`)).statusCode).toBe(404);
});
