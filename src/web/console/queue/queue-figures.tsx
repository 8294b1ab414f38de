import type { QueueStatistics } from '../../../client/index.ts';
import { count, durationText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Figure } from '../live/figure.tsx';
import { Freshness } from '../live/freshness.tsx';
import type { Live } from '../live/live.ts';
import { rateText } from '../live/rate-text.ts';
import { rates } from '../live/trend.ts';
import type { QueueFigures as Figures, Room } from './queue-live.ts';

const t = texts({
  ko: {
    now: '지금',
    waiting: '대기 인원',
    silent: (n: string) => `이 중 ${n}명은 한동안 응답이 없어요`,
    inside: '입장 인원',
    of: (n: string) => `정원 ${n}`,
    free: (n: string) => `${n}명 더 입장 가능`,
    rate: '초당 입장',
    rateNote: '최근 10초',
    end: '대기 해소까지',
    endNote: '지금 속도라면',
    lobby: '추첨 대기',
    hour: '최근 1시간',
    arrivals: '줄을 선 사람',
    admissions: '줄에서 입장',
    gaveUp: '포기하거나 응답이 끊김',
    wait: '대기 시간',
    waitNote: (p95: string) => `95%는 ${p95} 안에 입장`,
    error: '예상 시간 오차',
    errorNote: (p90: string) => `90%는 ${p90} 이하`,
  },
  en: {
    now: 'Now',
    waiting: 'In line',
    silent: (n) => `${n} of them have been silent for some time`,
    inside: 'Inside',
    of: (n) => `of ${n}`,
    free: (n) => `room for ${n} more`,
    rate: 'Admissions a second',
    rateNote: 'in the last 10 s',
    end: 'Until the line is gone',
    endNote: 'at this pace',
    lobby: 'In the lobby',
    hour: 'The last hour',
    arrivals: 'Joined the line',
    admissions: 'Came in from the line',
    gaveUp: 'Gave up or fell silent',
    wait: 'Wait',
    waitNote: (p95) => `95% came in within ${p95}`,
    error: 'Error of the estimate',
    errorNote: (p90) => `90% were within ${p90}`,
  },
});

export function QueueFigures({ live, room }: { live: Live<Room, Figures>; room: Room }) {
  const { queueSize, currentUsers, threshold, admin } = room;
  const { trend } = live;
  const admitted = rates(trend, (each) => each.admitted);
  const rate = admitted.at(-1)?.rate ?? null;
  const full = threshold > 0 ? Math.min(1, currentUsers / threshold) : 1;
  const places = Math.max(0, threshold - currentUsers);
  return (
    <section class="card stack">
      <div class="row heading">
        <h3>{t.value.now}</h3>
        <Freshness live={live} />
      </div>
      <div class="stock-bar" aria-hidden="true">
        <span data-part="sold" style={{ flexGrow: full }} />
        <span data-part="free" style={{ flexGrow: 1 - full }} />
      </div>
      <dl class="figures">
        <Figure
          label={t.value.waiting}
          value={count(queueSize)}
          note={admin && admin.silentSize > 0 ? t.value.silent(count(admin.silentSize)) : undefined}
          trend={trend}
          pick={(each) => each.waiting}
        />
        <Figure
          label={t.value.inside}
          value={count(currentUsers)}
          note={`${t.value.of(count(threshold))} · ${t.value.free(count(places))}`}
          trend={trend}
          pick={(each) => each.inside}
        />
        {admin && (
          <>
            <Figure
              label={t.value.rate}
              value={rateText(rate)}
              note={t.value.rateNote}
              trend={admitted}
              pick={(each) => each.rate}
            />
            <Figure
              label={t.value.end}
              value={queueSize === 0 ? '0:00' : rate ? durationText((queueSize / rate) * 1_000) : '–'}
              note={t.value.endNote}
            />
            <Figure
              label={t.value.lobby}
              value={count(admin.lobbySize)}
              trend={trend}
              pick={(each) => each.lobby}
            />
          </>
        )}
      </dl>
      {admin && <LastHour stats={admin.stats} />}
    </section>
  );
}

function LastHour({ stats }: { stats: QueueStatistics }) {
  const seconds = (n: number | null) => (n === null ? '–' : durationText(n * 1_000));
  const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)}%`);
  return (
    <>
      <h3>{t.value.hour}</h3>
      <dl class="figures" data-kind="small">
        <Figure label={t.value.arrivals} value={count(stats.arrivals)} />
        <Figure label={t.value.admissions} value={count(stats.admissions)} />
        <Figure label={t.value.gaveUp} value={count(stats.abandonments)} />
        <Figure
          label={t.value.wait}
          value={seconds(stats.waitP50)}
          note={stats.waitP95 === null ? undefined : t.value.waitNote(seconds(stats.waitP95))}
        />
        <Figure
          label={t.value.error}
          value={percent(stats.estimateErrorP50)}
          note={
            stats.estimateErrorP90 === null ? undefined : t.value.errorNote(percent(stats.estimateErrorP90))
          }
        />
      </dl>
    </>
  );
}
