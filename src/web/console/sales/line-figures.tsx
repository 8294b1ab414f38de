import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { problemText } from '../../shared/problem-texts.ts';
import { Figure } from '../live/figure.tsx';
import type { Live } from '../live/live.ts';
import { rateText } from '../live/rate-text.ts';
import { rates } from '../live/trend.ts';
import type { QueueFigures, Room } from '../queue/queue-live.ts';

const t = texts({
  ko: {
    title: '대기열',
    waiting: '대기 인원',
    inside: '입장 인원',
    of: (n: string) => `정원 ${n}`,
    rate: '초당 입장',
    adminOnly: '관리자만 볼 수 있어요',
    last: '최근 10초',
    paused: '입장 일시정지 중',
    lobby: (n: string) => `추첨 대기 ${n}명`,
  },
  en: {
    title: 'Waiting room',
    waiting: 'In line',
    inside: 'Inside',
    of: (n) => `of ${n}`,
    rate: 'Admissions a second',
    adminOnly: 'Administrators see this',
    last: 'in the last 10 s',
    paused: 'Admission is paused',
    lobby: (n) => `${n} in the lobby`,
  },
});

export function LineFigures({ queue: { value, error, trend } }: { queue: Live<Room, QueueFigures> }) {
  const admin = value?.admin;
  const rate = rates(trend, (each) => each.admitted);
  const lobby = admin && admin.lobbySize > 0 ? t.value.lobby(count(admin.lobbySize)) : undefined;
  return (
    <section class="card">
      <h3>{t.value.title}</h3>
      {!value && error !== undefined ? (
        <p class="soft">{problemText(error)}</p>
      ) : (
        <dl class="figures" data-kind="group">
          <Figure
            label={t.value.waiting}
            value={value ? count(value.queueSize) : '–'}
            note={admin?.paused ? t.value.paused : lobby}
            tone={admin?.paused ? 'warn' : undefined}
            trend={trend}
            pick={(each) => each.waiting}
          />
          <Figure
            label={t.value.inside}
            value={value ? count(value.currentUsers) : '–'}
            note={value && t.value.of(count(value.threshold))}
            trend={trend}
            pick={(each) => each.inside}
          />
          <Figure
            label={t.value.rate}
            value={rateText(rate.at(-1)?.rate ?? null)}
            note={value && !admin ? t.value.adminOnly : t.value.last}
            trend={rate}
            pick={(each) => each.rate}
          />
        </dl>
      )}
    </section>
  );
}
