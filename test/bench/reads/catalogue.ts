import type pg from 'pg';

const FIRST_SYLLABLE = 0xac00;
const SYLLABLES = 11_172;

/** The n-th word of two or three syllables, the same in every run. */
function word(n: number): string {
  const at = (factor: number) => String.fromCharCode(FIRST_SYLLABLE + ((n * factor + 7) % SYLLABLES));
  return n % 3 === 0 ? at(7_919) + at(104_729) + at(1_299_709) : at(15_485) + at(32_452);
}

const WORDS = 3_000;
const NAMES = ['IU', 'BTS', '뉴진스', 'NewJeans', 'Musical', '뮤지컬', 'Orchestra', '콘서트'];

const titleOf = (n: number) =>
  `${NAMES[n % NAMES.length]} ${word(n % WORDS)} ${word((n * 31 + 5) % WORDS)} ${2_000 + (n % 27)}`;

/** Adds events of all states to the catalogue, each with two ticket types. */
export async function fillCatalogue(pool: pg.Pool, first: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  await pool.query(
    `INSERT INTO events (id, title, venue, address, artist_name, event_date, sale_start_date, sale_end_date, status)
     SELECT md5('catalogue' || n)::uuid, title, venue, '서울시 송파구 올림픽로 ' || n, artist,
       now() + make_interval(days => n % 300 + 1), now() + make_interval(days => n % 40 - 30), now() + make_interval(days => n % 300), 'upcoming'
     FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[]) AS e (n, title, venue, artist)`,
    [
      numbers,
      numbers.map(titleOf),
      numbers.map((n) => `${word(n % 200)} 공연장`),
      numbers.map((n) => `${NAMES[(n * 7) % NAMES.length]} ${word(n % 500)}`),
    ],
  );
  await pool.query(
    `INSERT INTO ticket_types (event_id, name, price, total_quantity, available_quantity)
     SELECT md5('catalogue' || n)::uuid, kind, price, 100, 100
     FROM unnest($1::integer[]) AS n, (VALUES ('R', 150000), ('S', 90000)) AS kinds (kind, price)`,
    [numbers],
  );
  await pool.query('ANALYZE events, ticket_types');
}

/** Searches, hardly one twice: words, parts of words, two words, a word and a name, and initial consonants. */
export function searches(count: number): string[] {
  const seed = Math.floor(Math.random() * 1e6);
  return Array.from({ length: count }, (_, index) => {
    const n = seed + index * 7;
    const [one, other] = [word(n % WORDS), word((n * 31 + 5) % WORDS)];
    const texts = [
      `${one} ${other}`,
      `${one.slice(0, 2)}`,
      `${one} ${2_000 + (n % 27)}`,
      `${NAMES[n % NAMES.length]} ${one}`,
      `${word(n % 200)} 공연`,
      `${initials(one)}${initials(other)}${n % 10}`,
      `없는 ${n}`,
    ];
    return `/api/v1/events?q=${encodeURIComponent(texts[index % texts.length] as string)}&limit=${10 + (n % 11)}`;
  });
}

const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const SYLLABLES_AN_INITIAL = 588;

function initials(text: string): string {
  return [...text]
    .map((each) => INITIALS[Math.floor((each.charCodeAt(0) - FIRST_SYLLABLE) / SYLLABLES_AN_INITIAL)])
    .join('');
}
