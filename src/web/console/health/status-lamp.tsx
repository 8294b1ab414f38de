import { now } from '../../shared/clock.ts';
import { texts } from '../../shared/language.ts';
import { sessionEnded } from '../../shared/session.ts';
import { useLive } from '../live/live.ts';
import { conditionOf, serviceStatus } from './service-status.ts';

/** Six reads in a row have failed or are late. */
const SILENT_MS = 12_000;

const t = texts({
  ko: {
    good: '서비스 정상',
    degraded: '일부 기능 저하',
    bad: '판매 장애',
    silent: '서비스 응답 없음',
    unknown: '상태 확인 중',
    signedOut: '로그아웃됨',
  },
  en: {
    good: 'Service is well',
    degraded: 'Partly degraded',
    bad: 'Sales are down',
    silent: 'Service is silent',
    unknown: 'Looking…',
    signedOut: 'Signed out',
  },
});

const TONES = {
  good: 'good',
  degraded: 'warn',
  bad: 'bad',
  silent: 'bad',
  unknown: undefined,
  signedOut: undefined,
};

/** How the service is, in the menu of every page. A change is read out. */
export function StatusLamp() {
  const { value, readAt, error } = useLive(serviceStatus());
  const silent = error !== undefined && now.value - (readAt ?? 0) > SILENT_MS;
  const known = silent ? 'silent' : value ? conditionOf(value) : 'unknown';
  // Without a token the service tells nothing about itself.
  const condition = sessionEnded.value ? 'signedOut' : known;
  return (
    <span class="lamp" data-tone={TONES[condition]} role="status">
      <span class="dot" aria-hidden="true" />
      {t.value[condition]}
    </span>
  );
}
