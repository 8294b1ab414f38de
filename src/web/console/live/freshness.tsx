import { now } from '../../shared/clock.ts';
import { texts } from '../../shared/language.ts';
import type { Live } from './live.ts';

/** Figures are read every two seconds. Two late ones in a row are worth a word, and so are figures of the service's memory. */
const OLD_MS = 6_000;

const t = texts({
  ko: {
    live: '실시간',
    old: (seconds: string) => `${seconds} 전 수치예요`,
    seconds: (n: number) => `${n}초`,
    minutes: (n: number) => `${n}분`,
    reconnecting: '다시 연결하는 중이에요…',
  },
  en: {
    live: 'Live',
    old: (age) => `Figures are ${age} old`,
    seconds: (n) => `${n} s`,
    minutes: (n) => `${n} min`,
    reconnecting: 'Reconnecting…',
  },
});

/** Says whether figures are those of this moment, or how old they are. */
export function Freshness({ live, oldMs = OLD_MS }: { live: Live<unknown, unknown>; oldMs?: number }) {
  if (live.asOf === undefined) return null;
  const age = now.value - live.asOf;
  const isOld = age > oldMs;
  const seconds = Math.floor(age / 1_000);
  const text = seconds < 120 ? t.value.seconds(seconds) : t.value.minutes(Math.floor(seconds / 60));
  return (
    <p class="freshness" data-old={isOld}>
      <span class="dot" aria-hidden="true" />
      {isOld ? t.value.old(text) : t.value.live}
      {isOld && live.error !== undefined && ` · ${t.value.reconnecting}`}
    </p>
  );
}
