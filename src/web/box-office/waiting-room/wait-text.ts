import { texts } from '../../shared/language.ts';
import { waitOf } from './line.ts';

const t = texts({
  ko: {
    soon: '1분 이내',
    unknown: '아직 알 수 없어요',
    time: (hours: number, minutes: number) =>
      `약 ${[hours > 0 && `${hours}시간`, minutes > 0 && `${minutes}분`].filter(Boolean).join(' ')}`,
    range: (from: string, to: string) => `(${from}~${to})`,
    short: (minutes: number) =>
      minutes < 60
        ? `${minutes}분`
        : [`${Math.floor(minutes / 60)}시간`, minutes % 60 > 0 && `${minutes % 60}분`]
            .filter(Boolean)
            .join(' '),
  },
  en: {
    soon: 'Less than a minute',
    unknown: 'Not known yet',
    time: (hours, minutes) =>
      `About ${[hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`].filter(Boolean).join(' ')}`,
    range: (from, to) => `(${from} to ${to})`,
    short: (minutes) =>
      minutes < 60
        ? `${minutes} min`
        : [`${Math.floor(minutes / 60)} h`, minutes % 60 > 0 && `${minutes % 60} min`]
            .filter(Boolean)
            .join(' '),
  },
});

/** About 12 minutes. */
export function waitText(seconds: number): string {
  const wait = waitOf(seconds);
  if (typeof wait === 'string') return t.value[wait];
  return t.value.time(wait.hours, wait.minutes);
}

/** (10 to 20 minutes), or nothing if the bounds say the same. */
export function rangeText({ min, max }: { min: number; max: number }): string {
  const from = minutesOf(Math.max(min, 60));
  const to = minutesOf(Math.max(max, 60));
  if (from === undefined || to === undefined || from === to) return '';
  return t.value.range(t.value.short(from), t.value.short(to));
}

function minutesOf(seconds: number): number | undefined {
  const wait = waitOf(seconds);
  return typeof wait === 'string' ? undefined : wait.hours * 60 + wait.minutes;
}
