import { sql } from 'kysely';
import type { Actor } from '../../audit/record.ts';
import type { OrganizerLayout } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Change } from '../plugin.ts';
import type { Places } from './places.ts';
import { addSeats, columnsOf, getLayout } from './queries.ts';

interface Names {
  name: string;
  description: string | null | undefined;
}

/** @throws Problem LAYOUT_NAME_TAKEN */
export async function createLayout(
  { trx, actor, record }: Change,
  { name, description }: Names,
  places: Places,
): Promise<OrganizerLayout> {
  const created = await trx
    .insertInto('seat_layouts')
    .values({
      name: name.normalize('NFC'),
      description: description?.normalize('NFC') ?? null,
      ...columnsOf(places),
      created_by: actor.userId,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!created) throw new Problem('LAYOUT_NAME_TAKEN');
  await addSeats(trx, created.id, places.seats ?? []);
  const layout = await getLayout(trx, created.id);
  await record({ action: 'layout.create', entityId: created.id, eventId: null, after: layout });
  return layout;
}

/**
 * @param before the hall, locked
 * @throws Problem FORBIDDEN, LAYOUT_NAME_TAKEN
 */
export async function changeLayout(
  { trx, actor, record }: Change,
  before: OrganizerLayout,
  { name, description }: Partial<Names>,
  places: Places | undefined,
): Promise<OrganizerLayout> {
  const { id } = before;
  requireOwner(actor, before);
  const renamed = name?.normalize('NFC');
  if (renamed !== undefined && renamed !== before.name) await requireFreeName(trx, renamed);
  await trx
    .updateTable('seat_layouts')
    .set({
      ...(renamed !== undefined && { name: renamed }),
      ...(description !== undefined && { description: description?.normalize('NFC') ?? null }),
      ...(places && columnsOf(places)),
      updated_at: sql<string>`now()`,
    })
    .where('id', '=', id)
    .execute();
  if (places) {
    await trx.deleteFrom('layout_seats').where('layout_id', '=', id).execute();
    await addSeats(trx, id, places.seats ?? []);
  }
  const after = await getLayout(trx, id);
  await record({ action: 'layout.change', entityId: id, eventId: null, before, after });
  return after;
}

/** @param before the hall, locked for update. @throws Problem FORBIDDEN, LAYOUT_IN_USE */
export async function deleteLayout({ trx, actor, record }: Change, before: OrganizerLayout): Promise<void> {
  const { id } = before;
  requireOwner(actor, before);
  const event = await trx
    .selectFrom('events')
    .select('id')
    .where('seat_layout_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (event) throw new Problem('LAYOUT_IN_USE');
  await trx.deleteFrom('seat_layouts').where('id', '=', id).execute();
  await record({ action: 'layout.delete', entityId: id, eventId: null, before });
}

function requireOwner(actor: Actor, { created_by }: OrganizerLayout): void {
  if (actor.role !== 'admin' && created_by !== actor.userId) throw new Problem('FORBIDDEN');
}

/** Halls are renamed one after another, so that two never get the same name. */
async function requireFreeName(trx: Db, name: string): Promise<void> {
  await sql`LOCK TABLE seat_layouts IN SHARE ROW EXCLUSIVE MODE`.execute(trx);
  const other = await trx.selectFrom('seat_layouts').select('id').where('name', '=', name).executeTakeFirst();
  if (other) throw new Problem('LAYOUT_NAME_TAKEN');
}
