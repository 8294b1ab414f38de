import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

async function search(query: Record<string, string>) {
  const { status, body } = await ask(service.app, { url: `/api/v1/events?${new URLSearchParams(query)}` });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function titles(q: string): Promise<string[]> {
  const { events } = await search({ q, limit: '100' });
  return events.map(({ title }: { title: string }) => title).sort();
}

describe('a search', () => {
  const mark = randomUUID().slice(0, 8);
  const seed = (title: string, artist: string | null = null) =>
    service.seedEvent({ title: `${title} ${mark}`, artist });

  beforeAll(async () => {
    await service.db
      .insertInto('keyword_mappings')
      .values([
        { korean: '아이유', english: 'IU' },
        { korean: '방탄소년단', english: 'BTS' },
        { korean: '캐시 아웃', english: 'Ca$$h Out' },
      ])
      .execute();
    await seed('IU Concert');
    await seed('아이유 콘서트');
    await seed('겨울밤', 'IU');
    await seed('여름밤', '아이유');
    await seed('BTS and IU together');
    await seed('힙합의 밤', 'Ca$$h Out');
    await seed('100% 현장');
    await seed('100 현장');
    await seed('a_b');
    await seed('axb');
    await seed('back\\slash');
  });
  const marked = (...names: string[]) => names.map((name) => `${name} ${mark}`).sort();

  test.each(['아이유', 'IU', 'iu', ' Iu ', 'ＩＵ', '아이유'.normalize('NFD')])(
    'for %j finds both names of the artist',
    async (q) => {
      expect(await titles(q)).toEqual(
        marked('IU Concert', '아이유 콘서트', '겨울밤', '여름밤', 'BTS and IU together'),
      );
    },
  );

  test.each(['ㅇㅇㅇ', '아ㅇ', '아잉', 'ㅇㅇㅇ'.normalize('NFKD')])(
    'for %j finds the name that is being typed',
    async (q) => {
      expect(await titles(q)).toEqual(expect.arrayContaining(marked('아이유 콘서트', '여름밤')));
    },
  );

  test('finds a title that a Mac has written', async () => {
    await seed('뮤지컬 한글'.normalize('NFD'));
    for (const q of ['한글', '한글'.normalize('NFD'), '뮤지컬\u3000 한그'])
      expect(await titles(q), q).toEqual([`${'뮤지컬 한글'.normalize('NFD')} ${mark}`]);
  });

  test.each([
    ['100 syllables', '한'.repeat(100), 200],
    ['100 syllables of a Mac', '한'.repeat(100).normalize('NFD'), 200],
    ['two words with 300 blanks between them', `한${' '.repeat(300)}글`, 200],
    ['101 syllables', '한'.repeat(101), 400],
    ['101 letters', 'a'.repeat(101), 400],
  ])('of %s is counted as it looks', async (_what, q, expected) => {
    const { status, body } = await ask(service.app, { url: `/api/v1/events?${new URLSearchParams({ q })}` });
    expect(status).toBe(expected);
    if (status === 400)
      expect(body.details).toEqual([
        { path: 'querystring/q', message: 'must NOT have more than 100 characters' },
      ]);
  });

  test('translates a name in the middle of other words', async () => {
    expect(await titles('아이유 concert')).toEqual(marked('IU Concert'));
    expect(await titles('iu 콘서트')).toEqual(marked('아이유 콘서트'));
  });

  test('translates every name in it', async () => {
    expect(await titles('방탄소년단 and 아이유')).toEqual(marked('BTS and IU together'));
  });

  test('takes a name with $ in it literally', async () => {
    expect(await titles('캐시 아웃')).toEqual(marked('힙합의 밤'));
  });

  test.each([
    ['%', ['100% 현장']],
    ['100%', ['100% 현장']],
    ['a_b', ['a_b']],
    ['_', ['a_b']],
    ['\\', ['back\\slash']],
    ['%%', []],
    ['__', []],
    ["'; DROP TABLE events; --", []],
  ])('takes %j literally', async (q, found) => {
    expect(await titles(q)).toEqual(marked(...found));
  });

  test('looks into title, artist, venue and address only', async () => {
    const { eventId } = await service.seedEvent({ title: `어디 ${mark}` });
    await service.db
      .updateTable('events')
      .set({
        address: `주소 ${mark}`,
        venue: `장소 ${mark}`,
        artist_name: `가수 ${mark}`,
        description: `설명 ${mark}`,
      })
      .where('id', '=', eventId)
      .execute();
    await service.refresh();
    for (const q of ['어디', '주소', '장소', '가수'])
      expect(await titles(`${q} ${mark}`), q).toEqual([`어디 ${mark}`]);
    expect(await titles(`설명 ${mark}`)).toEqual([]);
  });

  test('for blanks alone is no search', async () => {
    expect((await search({ q: '   ', limit: '1' })).pagination).toEqual(
      (await search({ limit: '1' })).pagination,
    );
  });

  test('gives the lowest and the highest price of tickets and seats, and null without either', async () => {
    const both = await service.seedEvent({ title: `값 ${mark}`, seats: 3, stock: [2], price: 30_000 });
    await sql`UPDATE seats SET price = 90000 WHERE event_id = ${both.eventId} AND seat_number = 1`.execute(
      service.db,
    );
    await sql`UPDATE ticket_types SET price = 20000 WHERE event_id = ${both.eventId}`.execute(service.db);
    await service.refresh();
    const { events } = await search({ q: `값 ${mark}` });
    expect(events[0]).toMatchObject({ min_price: 20_000, max_price: 90_000, ticket_type_count: 1 });
    const { events: none } = await search({ q: `a_b ${mark}` });
    expect(none[0]).toMatchObject({ min_price: null, max_price: null, ticket_type_count: 0 });
  });
});
