import { now } from '../../shared/clock.ts';
import { count, dateText, ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { ChimeToggle } from './chime-toggle.tsx';
import { KeptUntil } from './kept-until.tsx';
import { LeaveButton } from './leave-button.tsx';
import { type Place, pacePerMinute } from './line.ts';
import { LotteryProof } from './lottery-proof.tsx';
import type { PlaceKeeper } from './place-keeper.ts';
import { rangeText, waitText } from './wait-text.ts';

const t = texts({
  ko: {
    eyebrow: '예매 대기 중',
    mine: '나의 대기 순번',
    next: '다음이 내 차례예요',
    around: (ahead: number, behind: number) => `앞에 ${count(ahead)}명 · 뒤에 ${count(behind)}명`,
    progress: '입장까지 온 정도',
    wait: '예상 대기 시간',
    entry: '예상 입장 시각',
    about: (time: string) => `${time}쯤`,
    pace: '줄이 줄어드는 속도',
    perMinute: (people: number) => `1분에 ${count(people)}명`,
    standing: '잠시 멈춰 있어요. 안에 있는 분들이 예매를 마치면 다시 움직여요.',
    unknownPace: '확인하는 중이에요',
    paused: '지금은 입장이 잠시 멈춰 있어요. 순번은 그대로 유지되고, 입장이 다시 시작되면 바로 알려 드려요.',
    soldOut: '지금은 남은 표가 없어요. 결제하지 않은 표가 다시 나오면 예매할 수 있어요.',
    byItself: '차례가 되면 자동으로 입장해요. 새로고침해도 순번은 그대로예요.',
  },
  en: {
    eyebrow: 'Waiting to book',
    mine: 'Your place in line',
    next: 'You are next',
    around: (ahead, behind) => `${count(ahead)} ahead · ${count(behind)} behind`,
    progress: 'Way through the line',
    wait: 'Expected wait',
    entry: 'Expected entry',
    about: (time) => `about ${time}`,
    pace: 'Pace of the line',
    perMinute: (people) => `${count(people)} a minute`,
    standing: 'It stands still for now, and moves when those inside have booked.',
    unknownPace: 'Measuring',
    paused: 'Entry is paused for the moment. Your place is kept, and the page tells you when it goes on.',
    soldOut: 'Nothing is left right now. Tickets that are not paid for come back on sale.',
    byItself: 'You go in by yourself when it is your turn. Reloading doesn’t change your place.',
  },
});

/** A buyer's place in line: where they stand, how long it will take, and what they may do meanwhile. */
export function LineView({
  event,
  place,
  keeper,
}: {
  event: EventDetail;
  place: Place;
  keeper: PlaceKeeper;
}) {
  const { position, queueSize, estimatedWait, estimatedWaitRange, paused } = place;
  const pace = pacePerMinute(keeper.served.value, now.value);
  const known = waitText(estimatedWait);
  return (
    <section class="card waiting">
      <header>
        <p class="eyebrow">{t.value.eyebrow}</p>
        <h1>{event.title}</h1>
      </header>
      <div class="waiting-main">
        <p class="soft">{t.value.mine}</p>
        <p class="waiting-figure number">{count(position)}</p>
        <p>
          {position === 1 ? t.value.next : t.value.around(position - 1, Math.max(0, queueSize - position))}
        </p>
        <progress
          class="waiting-progress"
          aria-label={t.value.progress}
          max={1}
          value={keeper.journey.value?.done ?? 0}
        />
      </div>
      {paused ? (
        <Notice tone="warn">{t.value.paused}</Notice>
      ) : (
        <dl class="waiting-facts">
          <div>
            <dt>{t.value.wait}</dt>
            <dd>
              <strong>{known}</strong> <span class="soft">{rangeText(estimatedWaitRange)}</span>
            </dd>
          </div>
          {estimatedWait < 86_400 && (
            <div>
              <dt>{t.value.entry}</dt>
              <dd>{t.value.about(dateText(now.value + estimatedWait * 1_000, ownTimezone, 'time'))}</dd>
            </div>
          )}
          <div>
            <dt>{t.value.pace}</dt>
            <dd>
              {pace === undefined
                ? t.value.unknownPace
                : pace === 0
                  ? t.value.standing
                  : t.value.perMinute(pace)}
            </dd>
          </div>
        </dl>
      )}
      {event.status === 'sold_out' && <Notice>{t.value.soldOut}</Notice>}
      <p>{t.value.byItself}</p>
      <KeptUntil place={place} />
      <LotteryProof event={event} sequence={place.sequence} />
      <footer class="row">
        <ChimeToggle />
        <LeaveButton keeper={keeper} />
      </footer>
    </section>
  );
}
