/**
 * The time of a place and the instant that it is: `datetime-local` fields hold the first, the API the second. Neither the browser's own
 * zone nor its clock matters here.
 */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formatters.set(timeZone, made);
  return made;
}

/** @returns `2027-03-20T19:00`, as a `datetime-local` field has it, or an empty text for no time */
export function toLocalTime(time: string | number | null, timeZone: string): string {
  if (time === null) return '';
  const parts = formatterOf(timeZone).formatToParts(new Date(time));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

const DAY_MS = 86_400_000;

/**
 * @param local `2027-03-20T19:00`, with or without seconds, which are dropped
 * @returns the instant in UTC. A time that occurs twice, when clocks go back, is the first of both. `undefined` for a time that the zone
 *   skips, when clocks go forward, and for a text that is no time.
 */
export function fromLocalTime(local: string, timeZone: string): string | undefined {
  const minutes = local.slice(0, 16);
  const asUtc = Date.parse(`${minutes}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  // The offsets of the day before and of the day after are those before and after a change of the clocks.
  const instants = [asUtc - DAY_MS, asUtc + DAY_MS]
    .map((near) => asUtc - (Date.parse(`${toLocalTime(near, timeZone)}Z`) - near))
    .filter((instant) => toLocalTime(instant, timeZone) === minutes);
  return instants.length === 0 ? undefined : new Date(Math.min(...instants)).toISOString();
}

export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}
