import { expect, test } from 'vitest';
import type { OrganizerEvent } from '../../../../src/client/index.ts';
import {
  changeOfEvent,
  draftOfEvent,
  emptyDraft,
  mistakesOfEvent,
  newEventOf,
} from '../../../../src/web/console/events/event-draft.ts';
import { MAX_POSTER_BYTES, mistakeOfPoster } from '../../../../src/web/console/events/poster-file.ts';
import {
  draftOfPostponement,
  mistakesOfPostponement,
  postponementOf,
} from '../../../../src/web/console/events/postponement-draft.ts';
import { takeTurns } from '../../../../src/web/console/events/take-turns.ts';

const event: OrganizerEvent = {
  id: '6efd44b0-8e43-872e-84dd-08c0d5419eac',
  title: '봄의 노래',
  description: null,
  venue: '소극장 봄',
  address: null,
  event_date: '2027-03-20T10:00:00.000Z',
  sale_start_date: '2027-02-01T11:00:00.000Z',
  sale_end_date: '2027-03-20T09:00:59.123Z',
  timezone: 'Asia/Seoul',
  poster_image_url: null,
  status: 'draft',
  stored_status: 'draft',
  seat_layout_id: null,
  artist_name: null,
  pre_scaled: false,
  max_seats_per_reservation: null,
  max_seats_per_user: 4,
  max_tickets_per_reservation: null,
  max_tickets_per_user: null,
  hold_seconds: null,
  extend_seconds: null,
  cancellable_until: null,
  companion_release_at: null,
  created_by: null,
  created_at: '2026-11-20T03:00:00.000Z',
  updated_at: '2026-11-20T03:00:00.000Z',
  revision: 1,
  seat_count: 0,
  ticket_type_count: 0,
};

test('a form sends what was changed alone', () => {
  const draft = draftOfEvent(event);
  expect(draft).toMatchObject({ event_date: '2027-03-20T19:00', max_seats_per_user: '4', pre_scaled: '' });
  expect(changeOfEvent(draft, draft)).toEqual({});
  const typed = {
    ...draft,
    title: ' 봄의 노래 (앙코르) ',
    max_seats_per_user: '',
    pre_scaled: 'yes',
    hold_seconds: '420',
  };
  expect(changeOfEvent(draft, typed)).toEqual({
    title: '봄의 노래 (앙코르)',
    max_seats_per_user: null,
    pre_scaled: true,
    hold_seconds: 420,
  });
});

test('in another time zone the times on the clock stay', () => {
  const draft = draftOfEvent(event);
  expect(changeOfEvent(draft, { ...draft, timezone: 'Asia/Singapore' })).toEqual({
    timezone: 'Asia/Singapore',
    event_date: '2027-03-20T11:00:00.000Z',
    sale_start_date: '2027-02-01T12:00:00.000Z',
    sale_end_date: '2027-03-20T10:00:00.000Z',
  });
});

test('a new event needs a title and a place, and has a sale that begins tomorrow', () => {
  const draft = emptyDraft(Date.parse('2026-11-26T20:00:00Z'));
  expect(mistakesOfEvent(draft)).toEqual({ title: 'required', venue: 'required' });
  expect(newEventOf({ ...draft, title: '봄의 노래', venue: '소극장' })).toEqual({
    title: '봄의 노래',
    venue: '소극장',
    timezone: 'Asia/Seoul',
    event_date: '2026-12-27T10:00:00.000Z',
    sale_start_date: '2026-11-28T11:00:00.000Z',
    sale_end_date: '2026-12-27T09:00:00.000Z',
  });
});

test('dates out of order, and times that a zone skips, are told before they are sent', () => {
  const draft = draftOfEvent(event);
  expect(mistakesOfEvent({ ...draft, sale_end_date: '2027-03-20T19:01' })).toEqual({
    sale_end_date: 'sale_ends_after_event',
  });
  expect(mistakesOfEvent({ ...draft, sale_end_date: draft.sale_start_date })).toEqual({
    sale_end_date: 'sale_ends_before_start',
  });
  expect(mistakesOfEvent({ ...draft, timezone: 'America/New_York', event_date: '2027-03-14T02:30' })).toEqual(
    { event_date: 'skipped' },
  );
  expect(mistakesOfEvent({ ...draft, timezone: 'Asia/Nowhere' })).toEqual({ timezone: 'timezone' });
});

test('a postponed event keeps its hour, and the time between the sale and the event', () => {
  const now = Date.parse('2027-03-01T00:00:00Z');
  const draft = draftOfPostponement({ ...event, sale_end_date: '2027-03-20T09:00:00.000Z' }, now);
  expect(draft).toEqual({
    event_date: '2027-04-17T19:00',
    sale_end_date: '2027-04-17T18:00',
    cancellable_until: '2027-03-15T09:00',
    reason: '',
  });
  expect(mistakesOfPostponement(draft, event, now)).toEqual({});
  expect(postponementOf(draft, event)).toEqual({
    event_date: '2027-04-17T10:00:00.000Z',
    sale_end_date: '2027-04-17T09:00:00.000Z',
    cancellable_until: '2027-03-15T00:00:00.000Z',
  });
  const late = { ...draft, cancellable_until: '2027-04-17T19:01', sale_end_date: '2027-01-01T00:00' };
  expect(mistakesOfPostponement(late, event, now)).toEqual({
    sale_end_date: 'sale',
    cancellable_until: 'until',
  });
});

test('a poster that the service would refuse is not sent', () => {
  expect(mistakeOfPoster({ type: 'image/gif', size: 10 })).toBe('type');
  expect(mistakeOfPoster({ type: 'image/webp', size: MAX_POSTER_BYTES + 1 })).toBe('size');
  expect(mistakeOfPoster({ type: 'image/png', size: MAX_POSTER_BYTES })).toBeUndefined();
});

test('tasks take turns, and one that fails holds up no other', async () => {
  const inTurns = takeTurns(2);
  let running = 0;
  let most = 0;
  const task = (fails: boolean) => async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (fails) throw new Error('no');
  };
  const results = await Promise.allSettled(
    [true, false, true, false, false].map((fails) => inTurns(task(fails))),
  );
  expect(results.map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(most).toBe(2);
});
