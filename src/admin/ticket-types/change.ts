import type { NewTicketType, OrganizerTicketType, TicketTypeChange } from '../../contract/schemas.ts';
import { Problem } from '../../errors/problem.ts';
import { difference } from '../difference.ts';
import type { Change } from '../plugin.ts';
import { getTicketType } from './queries.ts';
import { requireSound } from './rules.ts';

/** Ticket types of one event. Each stands in every answer about it. */
const TYPES = 100;

/**
 * @param eventId of an event that is locked, so that its types can be counted
 * @throws Problem VALIDATION_FAILED, TOO_MANY_TICKET_TYPES
 */
export async function createTicketType(
  { trx, record }: Change,
  eventId: string,
  body: NewTicketType,
): Promise<OrganizerTicketType> {
  const type = { ...UNSET, ...inNfc(body) };
  requireSound(type);
  const known = await trx
    .selectFrom('ticket_types')
    .select('id')
    .where('event_id', '=', eventId)
    .limit(TYPES)
    .execute();
  if (known.length === TYPES) throw new Problem('TOO_MANY_TICKET_TYPES');
  const { id } = await trx
    .insertInto('ticket_types')
    .values({ ...type, event_id: eventId, available_quantity: type.total_quantity })
    .returning('id')
    .executeTakeFirstOrThrow();
  const after = await getTicketType(trx, eventId, id);
  await record({ action: 'ticket_type.create', entityId: id, eventId, after });
  return after;
}

const UNSET = {
  description: null,
  sale_start_date: null,
  sale_end_date: null,
  min_quantity: 1,
  max_quantity: null,
};

/** Texts are stored in NFC, so that they look and compare the same however they were typed. */
function inNfc<Body extends NewTicketType | TicketTypeChange>(body: Body): Body {
  const { name, description } = body;
  return {
    ...body,
    ...(name !== undefined && { name: name.normalize('NFC') }),
    ...(description != null && { description: description.normalize('NFC') }),
  };
}

/**
 * Changes a type that may be selling. What is claimed keeps its price, which stands in each claim.
 *
 * @param before the type, locked
 * @throws Problem VALIDATION_FAILED, TOTAL_BELOW_CLAIMED
 */
export async function changeTicketType(
  { trx, record }: Change,
  before: OrganizerTicketType,
  body: TicketTypeChange,
): Promise<OrganizerTicketType> {
  const { id, event_id, claimed_quantity } = before;
  requireSound({ ...before, ...body });
  if (body.total_quantity !== undefined && body.total_quantity < claimed_quantity)
    throw new Problem('TOTAL_BELOW_CLAIMED', { fields: { claimed: claimed_quantity } });
  await trx.updateTable('ticket_types').set(inNfc(body)).where('id', '=', id).execute();
  const after = await getTicketType(trx, event_id, id);
  await record({
    action: 'ticket_type.change',
    entityId: id,
    eventId: event_id,
    ...difference(before, after),
  });
  return after;
}

/**
 * @param before the type, locked against claims that begin
 * @throws Problem TICKET_TYPE_IN_USE
 */
export async function deleteTicketType({ trx, record }: Change, before: OrganizerTicketType): Promise<void> {
  const { id, event_id } = before;
  const claim = await trx
    .selectFrom('reservation_items')
    .select('reservation_id')
    .where('ticket_type_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (claim) throw new Problem('TICKET_TYPE_IN_USE');
  await trx.deleteFrom('ticket_types').where('id', '=', id).execute();
  await record({ action: 'ticket_type.delete', entityId: id, eventId: event_id, before });
}
