import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { apiOf } from '../../../support/http.ts';
import type { Service } from '../../../support/service.ts';

/** What an organizer does with the seats of an event, and what buyers see of it. */
export function organizerOf(service: Service, organizer: string = randomUUID()) {
  const headers = service.as(organizer, 'organizer');
  const api = apiOf(service);
  const path = (eventId: string) => `/admin/events/${eventId}/seats`;
  return {
    organizer,
    headers,
    async event(seed: Parameters<Service['seedEvent']>[0]) {
      const seeded = await service.seedEvent(seed);
      await service.db
        .updateTable('events')
        .set({ created_by: organizer })
        .where('id', '=', seeded.eventId)
        .execute();
      return seeded;
    },
    block: (eventId: string, what: object, more: Record<string, string> = {}) =>
      api.post(`${path(eventId)}/block`, { ...headers, ...more }, { reason: '초대석', ...what }),
    unblock: (eventId: string, what: object) => api.post(`${path(eventId)}/unblock`, headers, what),
    blocks: async (eventId: string) => (await api.get(`${path(eventId)}/blocks`, headers)).body.blocks,
    seats: async (eventId: string) => (await api.get(path(eventId), headers)).body,
    /** The statuses that clients of the reference see, in the order of the hall. */
    async shown(eventId: string): Promise<string[]> {
      const { status, body } = await api.get(`/seats/events/${eventId}`, service.as());
      expect(status).toBe(200);
      return body.seats.map((seat: { status: string }) => seat.status);
    },
    audit: (eventId: string) =>
      service.db
        .selectFrom('audit_log')
        .select(['actor_id', 'actor_role', 'action', 'entity_id', 'reason', 'before', 'after'])
        .where('event_id', '=', eventId)
        .orderBy('id')
        .execute(),
  };
}
