import type { EventChange, NewEvent, OrganizerEvent } from '../../../client/index.ts';
import { fromLocalTime, isTimeZone, toLocalTime } from '../forms/zoned-time.ts';

const TIMES = ['event_date', 'sale_start_date', 'sale_end_date', 'companion_release_at'] as const;
const LIMITS = [
  'max_seats_per_reservation',
  'max_seats_per_user',
  'max_tickets_per_reservation',
  'max_tickets_per_user',
  'hold_seconds',
  'extend_seconds',
] as const;
const TEXTS = [
  'title',
  'artist_name',
  'description',
  'venue',
  'address',
  'timezone',
  'poster_image_url',
  'seat_layout_id',
] as const;

const EVENT_FIELDS = [...TEXTS, ...TIMES, ...LIMITS, 'pre_scaled'] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

/** An event as the inputs of its form hold it. Times are those of its time zone; an empty text is no value. */
export type EventDraft = Record<EventField, string>;

const isOneOf = <Name extends string>(names: readonly Name[], name: string): name is Name =>
  (names as readonly string[]).includes(name);

export function draftOfEvent(event: OrganizerEvent): EventDraft {
  const entries = EVENT_FIELDS.map((name) => {
    if (isOneOf(TIMES, name)) return [name, toLocalTime(event[name], event.timezone)];
    if (name === 'pre_scaled') return [name, event.pre_scaled ? 'yes' : ''];
    return [name, String(event[name] ?? '')];
  });
  return Object.fromEntries(entries) as EventDraft;
}

const DAY_MS = 86_400_000;

/** A form that is ready but for the title and the place: an evening in a month, on sale from tomorrow to an hour before it begins. */
export function emptyDraft(now: number, timezone = 'Asia/Seoul'): EventDraft {
  const dayIn = (days: number) => toLocalTime(now + days * DAY_MS, timezone).slice(0, 10);
  const empty = Object.fromEntries(EVENT_FIELDS.map((name) => [name, ''])) as EventDraft;
  return {
    ...empty,
    timezone,
    event_date: `${dayIn(30)}T19:00`,
    sale_start_date: `${dayIn(1)}T20:00`,
    sale_end_date: `${dayIn(30)}T18:00`,
  };
}

export type EventMistake =
  | 'required'
  | 'skipped'
  | 'timezone'
  | 'sale_ends_before_start'
  | 'sale_ends_after_event';

/** The mistakes that the form finds by itself. The service checks the same and more. */
export function mistakesOfEvent(draft: EventDraft): Partial<Record<EventField, EventMistake>> {
  const mistakes: Partial<Record<EventField, EventMistake>> = {};
  if (!isTimeZone(draft.timezone)) return { timezone: 'timezone' };
  for (const name of ['title', 'venue'] as const) if (draft[name].trim() === '') mistakes[name] = 'required';
  for (const name of TIMES) {
    if (draft[name] === '') {
      if (name !== 'companion_release_at') mistakes[name] = 'required';
    } else if (fromLocalTime(draft[name], draft.timezone) === undefined) mistakes[name] = 'skipped';
  }
  if (TIMES.some((name) => mistakes[name])) return mistakes;
  const [start, end, event] = (['sale_start_date', 'sale_end_date', 'event_date'] as const).map((name) =>
    Date.parse(fromLocalTime(draft[name], draft.timezone) as string),
  ) as [number, number, number];
  if (end <= start) mistakes.sale_end_date = 'sale_ends_before_start';
  else if (end > event) mistakes.sale_end_date = 'sale_ends_after_event';
  return mistakes;
}

/** @param draft without mistakes */
export function newEventOf(draft: EventDraft): NewEvent {
  const given = EVENT_FIELDS.filter((name) => draft[name] !== '');
  return valuesOf(draft, given) as unknown as NewEvent;
}

/**
 * The fields that the form changes. A time that is not touched stays to the microsecond; in another time zone the times on the clock stay,
 * so that all of them become other instants.
 *
 * @param draft without mistakes
 */
export function changeOfEvent(before: EventDraft, draft: EventDraft): EventChange {
  const moved = before.timezone !== draft.timezone;
  const changed = EVENT_FIELDS.filter(
    (name) => draft[name] !== before[name] || (moved && isOneOf(TIMES, name) && draft[name] !== ''),
  );
  return valuesOf(draft, changed) as EventChange;
}

function valuesOf(draft: EventDraft, names: readonly EventField[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, readField(draft, name)]));
}

function readField(draft: EventDraft, name: EventField): unknown {
  const text = draft[name];
  if (name === 'pre_scaled') return text === 'yes';
  if (text.trim() === '') return null;
  if (isOneOf(TIMES, name)) return fromLocalTime(text, draft.timezone);
  if (isOneOf(LIMITS, name)) return Number(text);
  return name === 'description' ? text : text.trim();
}
