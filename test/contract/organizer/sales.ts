import { randomUUID } from 'node:crypto';
import { answerOf } from '../../support/inject.ts';
import type { Service } from '../../support/service.ts';
import { type Call, type Draft, type OrganizerCall, UUID } from '../call.ts';

/** An event of the organizer, with a reservation of two seats. */
async function sell(service: Service, { userId }: Draft) {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 6, stock: [20] });
  await service.db.updateTable('events').set({ created_by: userId }).where('id', '=', eventId).execute();
  const { body } = await answerOf(service.app, {
    method: 'POST',
    url: '/api/v1/seats/reserve',
    headers: service.as(),
    payload: { eventId, seatIds: seatIds.slice(0, 2) },
  });
  const { id, reservationNumber } = JSON.parse(body).reservation;
  return { eventId, ticketTypeIds, reservationId: id as string, number: reservationNumber as string };
}

const withUnknownId = (call: Call, service: Service) =>
  answerOf(service.app, { ...call, url: call.url.replace(UUID, randomUUID()) });

const ofEvent: OrganizerCall = async (service, draft) => {
  const { eventId } = await sell(service, draft);
  return { ...draft, url: draft.url.replace(':id', eventId) };
};

export const salesCalls = {
  getSalesOverview: ofEvent,
  getSalesSeries: async (service, draft) => {
    const call = await ofEvent(service, draft);
    return { ...call, url: `${call.url}?by=minute` };
  },
  exportReservationsCsv: ofEvent,
  exportReservationsNdjson: ofEvent,
  exportSeatsCsv: ofEvent,
  exportSeatsNdjson: ofEvent,
  listEventReservations: async (service, draft) => {
    const call = await ofEvent(service, draft);
    return { ...call, url: `${call.url}?status=pending&limit=1` };
  },
  findReservations: async (service, draft) => {
    const { number } = await sell(service, draft);
    return { ...draft, url: `${draft.url}?number=${number}` };
  },
  getReservationHistory: async (service, draft) => {
    const { reservationId } = await sell(service, draft);
    return {
      ...draft,
      url: draft.url.replace(':id', reservationId),
      spoilers: { RESERVATION_NOT_FOUND: withUnknownId },
    };
  },
  cancelForBuyer: async (service, draft) => {
    const { reservationId } = await sell(service, draft);
    return {
      ...draft,
      url: draft.url.replace(':id', reservationId),
      payload: { reason: '구매자 요청' },
      spoilers: {
        RESERVATION_NOT_FOUND: withUnknownId,
        ITEMS_NOT_HELD: (call, service) =>
          answerOf(service.app, {
            ...call,
            payload: { reason: '구매자 요청', items: [{ seatId: randomUUID() }] },
          }),
      },
    };
  },
} satisfies Record<string, OrganizerCall>;
