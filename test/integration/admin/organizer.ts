import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { apiOf } from '../../support/http.ts';
import type { Service } from '../../support/service.ts';

const DAY_MS = 86_400_000;

/** A sale that has begun, of an event in 30 days. */
export function newEvent(more: object = {}) {
  const days = (count: number) => new Date(Date.now() + count * DAY_MS).toISOString();
  return {
    title: '봄의 노래',
    venue: '시험 공연장',
    event_date: days(30),
    sale_start_date: days(-1),
    sale_end_date: days(29),
    ...more,
  };
}

/** An organizer at one instance: their calls, and their own events. */
export function organizerOf(service: Service, instance = 0, userId: string = randomUUID()) {
  const api = apiOf(service, instance);
  const headers = service.as(userId, 'organizer');
  const events = '/admin/events';
  const organizer = {
    userId,
    get: (path: string) => api.get(path, headers),
    post: (path: string, payload?: object) => api.post(path, headers, payload),
    patch: (path: string, payload: object, ifMatch = '*') =>
      api.patch(path, { ...headers, 'if-match': ifMatch }, payload),
    /** @returns its id */
    async create(more: object = {}): Promise<string> {
      const { status, body } = await organizer.post(events, newEvent(more));
      expect(status, JSON.stringify(body)).toBe(201);
      return body.event.id;
    },
    publish: (id: string) => organizer.post(`${events}/${id}/publish`),
    unpublish: (id: string) => organizer.post(`${events}/${id}/unpublish`),
    change: (id: string, payload: object, ifMatch?: string) =>
      organizer.patch(`${events}/${id}`, payload, ifMatch),
  };
  return organizer;
}
