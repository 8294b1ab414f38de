import { sql } from 'kysely';
import type { Db } from '../../../src/database/database.ts';
import type { EventFilter } from '../../../src/events/catalogue/catalogue.ts';

interface Filter extends Omit<EventFilter, 'wanted'> {
  q?: string | undefined;
}

/** The search as PostgreSQL once did it, for a comparison with that in memory. */
export async function listInPostgres(db: Db, { status, q, page, limit }: Filter) {
  const patterns = q ? await searchPatterns(db, q) : [];
  let matching = db.selectFrom('event_listing as e');
  if (status) matching = matching.where('e.current_status', '=', status);
  if (patterns.length > 0) {
    const text = sql<string>`lower(e.title || ' ' || coalesce(e.artist_name, '') || ' ' || e.venue || ' ' || coalesce(e.address, ''))`;
    matching = matching.where(({ or, eb }) => or(patterns.map((pattern) => eb(text, 'like', pattern))));
  }
  const { total } = await matching.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow();
  const events = await matching
    .select([
      'e.id',
      'e.title',
      'e.description',
      'e.venue',
      'e.address',
      'e.event_date',
      'e.sale_start_date',
      'e.sale_end_date',
      'e.poster_image_url',
      'e.current_status as status',
      'e.artist_name',
      'e.timezone',
      sql<number>`(SELECT count(*) FROM ticket_types t WHERE t.event_id = e.id)`.as('ticket_type_count'),
      extremePrice('min'),
      extremePrice('max'),
    ])
    .orderBy(
      sql`array_position(ARRAY['on_sale', 'upcoming', 'sold_out', 'ended', 'cancelled'], e.current_status)`,
    )
    .orderBy('e.event_date')
    .orderBy('e.id')
    .limit(limit)
    .offset((page - 1) * limit)
    .execute();
  return { events, pagination: { page, limit, total, totalPages: Math.ceil(total / limit) } };
}

function extremePrice(which: 'min' | 'max') {
  const [aggregate, pick] = which === 'min' ? [sql`min`, sql`least`] : [sql`max`, sql`greatest`];
  return sql<number | null>`${pick}(
    (SELECT ${aggregate}(t.price) FROM ticket_types t WHERE t.event_id = e.id),
    (SELECT ${aggregate}(s.price) FROM seats s WHERE s.event_id = e.id)
  )`.as(`${which}_price`);
}

async function searchPatterns(db: Db, q: string): Promise<string[]> {
  const typed = q.toLowerCase();
  const mappings = await db
    .selectFrom('keyword_mappings')
    .select([sql<string>`lower(korean)`.as('korean'), sql<string>`lower(english)`.as('english')])
    .where(sql<boolean>`strpos(${typed}, lower(korean)) > 0 OR strpos(${typed}, lower(english)) > 0`)
    .orderBy(sql`greatest(length(korean), length(english))`, 'desc')
    .limit(20)
    .execute();
  type Mapping = (typeof mappings)[number];
  const toEnglish = (text: string, { korean, english }: Mapping) => text.replaceAll(korean, () => english);
  const toKorean = (text: string, { korean, english }: Mapping) => text.replaceAll(english, () => korean);
  const variants = [toEnglish, toKorean].flatMap((translate) => [
    ...mappings.map((mapping) => translate(typed, mapping)),
    mappings.reduce(translate, typed),
  ]);
  return [...new Set([typed, ...variants])].map((text) => `%${text.replace(/[\\%_]/g, '\\$&')}%`);
}
