import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import type { EventStatus } from '../database/schema.ts';
import { listTicketTypes } from '../tickets/queries.ts';

export interface EventFilter {
  status?: EventStatus | undefined;
  /** Text to find in the title, artist, venue or address; trimmed. */
  q?: string | undefined;
  page: number;
  limit: number;
}

/** Lists one page of matching events: on sale first, then by date. Ids break ties, so that no page repeats or skips an event. */
export async function listEvents(db: Db, { status, q, page, limit }: EventFilter) {
  const patterns = q ? await searchPatterns(db, q) : [];
  let matching = db.selectFrom('event_listing as e');
  if (status) matching = matching.where('e.current_status', '=', status);
  if (patterns.length > 0) {
    matching = matching.where(({ or, eb }) =>
      or(patterns.map((pattern) => eb('e.search_text', 'like', pattern))),
    );
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

/** The lowest or highest price of the event, over ticket types and seats. */
function extremePrice(which: 'min' | 'max') {
  const [aggregate, pick] = which === 'min' ? [sql`min`, sql`least`] : [sql`max`, sql`greatest`];
  return sql<number | null>`${pick}(
    (SELECT ${aggregate}(t.price) FROM ticket_types t WHERE t.event_id = e.id),
    (SELECT ${aggregate}(s.price) FROM seats s WHERE s.event_id = e.id)
  )`.as(`${which}_price`);
}

/**
 * Makes LIKE patterns of the text as typed, and of the text with its names translated, each name alone and all together: 아이유
 * finds IU, and IU finds 아이유.
 */
async function searchPatterns(db: Db, q: string): Promise<string[]> {
  const typed = q.toLowerCase();
  const mappings = await db
    .selectFrom('keyword_mappings')
    .select([sql<string>`lower(korean)`.as('korean'), sql<string>`lower(english)`.as('english')])
    .where(sql<boolean>`strpos(${typed}, lower(korean)) > 0 OR strpos(${typed}, lower(english)) > 0`)
    // Longest first, so that a name is not torn apart by a shorter name within it.
    .orderBy(sql`greatest(length(korean), length(english))`, 'desc')
    .limit(20)
    .execute();
  type Mapping = (typeof mappings)[number];
  // As functions, because a replacement text could contain `$&`.
  const toEnglish = (text: string, { korean, english }: Mapping) => text.replaceAll(korean, () => english);
  const toKorean = (text: string, { korean, english }: Mapping) => text.replaceAll(english, () => korean);
  const variants = [toEnglish, toKorean].flatMap((translate) => [
    ...mappings.map((mapping) => translate(typed, mapping)),
    mappings.reduce(translate, typed),
  ]);
  return [...new Set([typed, ...variants])].map((text) => `%${text.replace(/[\\%_]/g, '\\$&')}%`);
}

/** Finds an event with its ticket types. */
export async function getEvent(db: Db, id: string) {
  const event = await db
    .selectFrom('event_listing')
    .select([
      'id',
      'title',
      'description',
      'venue',
      'address',
      'event_date',
      'sale_start_date',
      'sale_end_date',
      'poster_image_url',
      'current_status as status',
      'seat_layout_id',
      'artist_name',
      'pre_scaled',
      'created_by',
      'created_at',
      'updated_at',
    ])
    .where('id', '=', id)
    .executeTakeFirst();
  return event && { event, ticketTypes: await listTicketTypes(db, id) };
}
