import type { Db } from '../database/database.ts';
import { listTicketTypes } from '../tickets/queries.ts';

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
