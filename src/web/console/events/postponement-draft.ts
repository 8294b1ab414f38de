import type { EventPostponement, OrganizerEvent } from '../../../client/index.ts';
import { fromLocalTime, toLocalTime } from '../forms/zoned-time.ts';

export interface PostponementDraft {
  event_date: string;
  sale_end_date: string;
  cancellable_until: string;
  reason: string;
}

export type PostponementMistake = 'time' | 'sale' | 'until';

const WEEK_MS = 7 * 86_400_000;

/** The same hour four weeks later. The sale goes on as long before the event as it did, and buyers may cancel until two weeks from now. */
export function draftOfPostponement(
  { event_date, sale_end_date, timezone }: OrganizerEvent,
  now = Date.now(),
): PostponementDraft {
  const later = Math.max(Date.parse(event_date), now) + 4 * WEEK_MS;
  const date = `${toLocalTime(later, timezone).slice(0, 10)}${toLocalTime(event_date, timezone).slice(10)}`;
  const before = Math.max(0, Date.parse(event_date) - Date.parse(sale_end_date));
  const instant = Date.parse(fromLocalTime(date, timezone) ?? new Date(later).toISOString());
  return {
    event_date: date,
    sale_end_date: toLocalTime(instant - before, timezone),
    cancellable_until: toLocalTime(now + 2 * WEEK_MS, timezone),
    reason: '',
  };
}

type Times = Pick<OrganizerEvent, 'timezone' | 'sale_start_date'>;

export function mistakesOfPostponement(
  draft: PostponementDraft,
  { timezone, sale_start_date }: Times,
  now: number,
): Partial<Record<keyof PostponementDraft, PostponementMistake>> {
  const [event, end, until] = [draft.event_date, draft.sale_end_date, draft.cancellable_until].map((time) =>
    Date.parse(fromLocalTime(time, timezone) ?? ''),
  ) as [number, number, number];
  const mistakes: Partial<Record<keyof PostponementDraft, PostponementMistake>> = {};
  if (Number.isNaN(event)) mistakes.event_date = 'time';
  if (!(end > Date.parse(sale_start_date) && end <= event)) mistakes.sale_end_date = 'sale';
  if (!(until > now && until <= event)) mistakes.cancellable_until = 'until';
  return mistakes;
}

/** @param draft without mistakes */
export function postponementOf(draft: PostponementDraft, { timezone }: Times): EventPostponement {
  const time = (local: string) => fromLocalTime(local, timezone) as string;
  return {
    event_date: time(draft.event_date),
    sale_end_date: time(draft.sale_end_date),
    cancellable_until: time(draft.cancellable_until),
    ...(draft.reason.trim() !== '' && { reason: draft.reason.trim() }),
  };
}
