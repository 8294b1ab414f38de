import { randomUUID } from 'node:crypto';
import { answerOf } from '../../support/inject.ts';
import type { Service } from '../../support/service.ts';
import { type Call, idOf, type OrganizerCall, UUID } from '../call.ts';

/** The same call for a type of an event that has reservations of it. */
const afterSale = async (call: Call, service: Service) => {
  const ticketTypeId = call.url.split('/').at(-1);
  const payload = { eventId: idOf(call), items: [{ ticketTypeId, quantity: 2 }] };
  await answerOf(service.app, {
    method: 'POST',
    url: '/api/v1/reservations',
    headers: service.as(),
    payload,
  });
  return answerOf(service.app, call);
};

const withUnknownType = (call: Call, service: Service) =>
  answerOf(service.app, { ...call, url: call.url.replace(/[^/]+$/, randomUUID()) });

/** The same call for an event with as many types as it may have. */
const withAllTypes = async (call: Call, service: Service) => {
  const type = {
    event_id: idOf(call),
    description: null,
    price: 0,
    total_quantity: 0,
    available_quantity: 0,
  };
  const types = Array.from({ length: 100 }, (_, index) => ({ ...type, name: `${index}` }));
  await service.db.insertInto('ticket_types').values(types).execute();
  return answerOf(service.app, call);
};

const onType =
  (more: Pick<Call, 'payload' | 'spoilers'> = {}): OrganizerCall =>
  async (service, { method, url, headers, userId }) => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [20] });
    await service.db.updateTable('events').set({ created_by: userId }).where('id', '=', eventId).execute();
    return {
      method,
      url: url.replace(':id', eventId).replace(':ticketTypeId', ticketTypeIds[0] as string),
      headers: method === 'PATCH' ? { ...headers, 'if-match': '*' } : headers,
      ...more,
      spoilers: {
        EVENT_NOT_FOUND: (call) =>
          answerOf(service.app, { ...call, url: call.url.replace(UUID, randomUUID()) }),
        ...(url.includes(':ticketTypeId') && { TICKET_TYPE_NOT_FOUND: withUnknownType }),
        ...more.spoilers,
      },
    };
  };

export const ticketTypeCalls = {
  listOrganizerTicketTypes: onType(),
  createTicketType: onType({
    payload: { name: '얼리버드', price: 99_000, total_quantity: 500 },
    spoilers: { TOO_MANY_TICKET_TYPES: withAllTypes },
  }),
  getOrganizerTicketType: onType(),
  changeTicketType: onType({
    payload: { price: 187_000, total_quantity: 1 },
    spoilers: { TOTAL_BELOW_CLAIMED: afterSale },
  }),
  deleteTicketType: onType({ spoilers: { TICKET_TYPE_IN_USE: afterSale } }),
} satisfies Record<string, OrganizerCall>;
