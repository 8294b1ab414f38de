import { now } from '../../shared/clock.ts';
import { dateText, ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Countdown } from '../../ui/countdown.tsx';

const t = texts({
  ko: {
    left: '남은 결제 시간',
    until: (time: string) => `${time}까지 결제하지 않으면 자동으로 취소돼요.`,
    minute: '결제 시간이 1분 남았어요.',
    seconds: '결제 시간이 10초 남았어요.',
  },
  en: {
    left: 'Time left to pay',
    until: (time) => `Pay by ${time}, or the reservation ends by itself.`,
    minute: 'One minute left to pay.',
    seconds: 'Ten seconds left to pay.',
  },
});

const MINUTE_MS = 60_000;
const LAST_MS = 10_000;

/** The time that is left to pay. Screen readers hear of it twice, not each second. */
export function HoldClock({ until, onEnd }: { until: string; onEnd: () => void }) {
  const left = Date.parse(until) - now.value;
  const tone = left <= LAST_MS ? 'bad' : left <= MINUTE_MS ? 'warn' : undefined;
  return (
    <div class="hold-clock" data-tone={tone}>
      <p>{t.value.left}</p>
      <p class="left">
        <Countdown to={until} onEnd={onEnd} />
      </p>
      <p class="soft">{t.value.until(dateText(until, ownTimezone, 'second'))}</p>
      <p class="visually-hidden" role="status">
        {tone === 'bad' ? t.value.seconds : tone === 'warn' ? t.value.minute : ''}
      </p>
    </div>
  );
}
