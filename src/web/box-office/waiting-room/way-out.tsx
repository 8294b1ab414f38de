import { useEffect, useRef } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button, LinkButton } from '../../ui/button.tsx';

const t = texts({
  ko: {
    left: '대기열에서 나왔어요',
    leftText: '마음이 바뀌면 언제든 다시 줄을 설 수 있어요.',
    again: '다시 줄 서기',
    event: '공연 정보 보기',
    cancelled: '취소된 공연이에요',
    cancelledText: '이 공연은 취소되어 예매할 수 없어요. 이미 결제하신 금액은 모두 환불돼요.',
    ended: '예매가 끝났어요',
    endedText: '이 공연의 예매 기간이 끝났어요.',
    mine: '내 예매 보기',
  },
  en: {
    left: 'You have left the line',
    leftText: 'If you change your mind, you can join the line again at any time.',
    again: 'Join the line again',
    event: 'See the event',
    cancelled: 'This event is cancelled',
    cancelledText: 'It can no longer be booked. What you have paid is refunded in full.',
    ended: 'Booking has ended',
    endedText: 'The time to book this event is over.',
    mine: 'My tickets',
  },
});

/** After a buyer gave their place up, here or in another tab. */
export function Left({ event, again }: { event: EventDetail; again(): void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="card stack waiting">
      <h1 ref={heading} tabIndex={-1}>
        {t.value.left}
      </h1>
      <p class="soft">{t.value.leftText}</p>
      <div class="row">
        <Button look="primary" onClick={again}>
          {t.value.again}
        </Button>
        <LinkButton href={`/events/${event.id}`}>{t.value.event}</LinkButton>
      </div>
    </section>
  );
}

/** The event was cancelled, or its sale is over, perhaps while the buyer waited. */
export function Closed({ event }: { event: EventDetail }) {
  const cancelled = event.status === 'cancelled';
  useTitle(event.title);
  return (
    <section class="card stack waiting" role="status">
      <p class="soft">{event.title}</p>
      <h1>{cancelled ? t.value.cancelled : t.value.ended}</h1>
      <p class="soft">{cancelled ? t.value.cancelledText : t.value.endedText}</p>
      <div class="row">
        <LinkButton href={`/events/${event.id}`}>{t.value.event}</LinkButton>
        <LinkButton href="/reservations">{t.value.mine}</LinkButton>
      </div>
    </section>
  );
}
