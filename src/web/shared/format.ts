import { language } from './language.ts';

const LOCALES = { ko: 'ko-KR', en: 'en-GB' };

/** Intl's formatters take 50 µs to make, and a list shows the same few many times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function dateFormat(timeZone: string, style: keyof typeof STYLES): Intl.DateTimeFormat {
  const key = `${language.value} ${timeZone} ${style}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALES[language.value], { timeZone, ...STYLES[style] });
  formatters.set(key, made);
  return made;
}

const STYLES = {
  /** 12월 26일 (토) 19:00 */
  moment: {
    month: 'long',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  /** 2026년 12월 26일 (토) 19:00 */
  full: {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  /** 2026년 12월 26일 (토) */
  day: { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' },
  /** 19:00 */
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  /** 19:00:05 */
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/**
 * A time of an event is shown in the time zone of the event, wherever its reader is.
 *
 * @param time ISO 8601, or ms since 1970
 */
export function dateText(
  time: string | number,
  timeZone: string,
  style: keyof typeof STYLES = 'moment',
): string {
  return dateFormat(timeZone, style).format(new Date(time));
}

/** The reader's own time zone, for times that belong to them: the end of a hold, for example. */
export const ownTimezone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** ₩150,000, in both languages. */
export function won(amount: number): string {
  return `₩${count(amount)}`;
}

/** 12,345 */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** 4:07, or 1:04:07, or 3일 4:07:00. Counts down to 0:00. */
export function durationText(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1_000));
  const pad = (number: number) => String(number).padStart(2, '0');
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3_600);
  const clock = `${Math.floor((total % 3_600) / 60)}`;
  const seconds = pad(total % 60);
  if (days === 0 && hours === 0) return `${clock}:${seconds}`;
  const time = `${hours}:${pad(Number(clock))}:${seconds}`;
  if (days === 0) return time;
  return language.value === 'ko' ? `${days}일 ${time}` : `${days} d ${time}`;
}
