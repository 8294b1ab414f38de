import { sql } from 'kysely';
import type { EventChange } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { invalid, Problem } from '../../errors/problem.ts';

type Dates = Record<'event_date' | 'sale_start_date' | 'sale_end_date', string>;
type Zone = Pick<EventChange, 'timezone'>;

/** Whether a sale starts before it ends, and ends at the time of the event at the latest. */
export function areInOrder({ sale_start_date, sale_end_date, event_date }: Dates): boolean {
  const [start, end, event] = [sale_start_date, sale_end_date, event_date].map((date) => Date.parse(date));
  return (start as number) < (end as number) && (end as number) <= (event as number);
}

/** @throws Problem VALIDATION_FAILED for a date that the calendar doesn't have, or dates that are not in order */
export function requireOrder({ event_date, sale_start_date, sale_end_date }: Dates): void {
  const dates = { event_date, sale_start_date, sale_end_date };
  const wrong = Object.entries(dates).filter(([, date]) => Number.isNaN(Date.parse(date)));
  const details = wrong.map(([name]) => ({
    path: `body/${name}`,
    message: 'must be a date of the calendar',
  }));
  if (details.length === 0 && !areInOrder(dates)) {
    const message = 'must be after sale_start_date, and not after event_date';
    details.push({ path: 'body/sale_end_date', message });
  }
  if (details.length > 0) throw new Problem('VALIDATION_FAILED', { details });
}

/** @throws Problem VALIDATION_FAILED for a date that the calendar doesn't have */
export function requireDate<Name extends string>(
  body: Partial<Record<Name, string | null>>,
  name: Name,
): void {
  const date = body[name];
  if (typeof date === 'string' && Number.isNaN(Date.parse(date)))
    throw invalid(`body/${name}`, 'must be a date of the calendar');
}

/**
 * Lets names through that both databases of time zones have, as they are spelled there: clients format times with them, PostgreSQL the
 * steps of a series.
 *
 * @throws Problem VALIDATION_FAILED
 */
export async function requireTimezone(db: Db, { timezone }: Zone): Promise<void> {
  if (timezone === undefined || (isTimezone(timezone) && (await isTimezoneOf(db, timezone)))) return;
  const message = 'must be a name of the IANA time zone database';
  throw new Problem('VALIDATION_FAILED', { details: [{ path: 'body/timezone', message }] });
}

/** `Intl` also takes offsets, such as `+09`, which are no names. */
function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `Intl` takes `asia/seoul` as well, which Java, for one, doesn't know. */
async function isTimezoneOf(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM pg_timezone_names WHERE name = ${name}`.execute(db);
  return rows.length > 0;
}
