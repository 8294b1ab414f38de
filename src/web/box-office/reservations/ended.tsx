import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { EventFacts } from './event-facts.tsx';
import { ItemList } from './item-list.tsx';
import { Refunds } from './refunds.tsx';
import type { State, StateProps } from './state.ts';

type EndedState = Exclude<State, 'held' | 'confirmed'>;

const t = texts({
  ko: {
    expired: {
      title: '결제 시간이 끝났어요',
      about: '아쉽지만 시간 안에 결제되지 않아 예매가 취소되었어요.',
    },
    late: {
      title: '결제가 늦게 도착했어요',
      about: '결제 시간이 끝난 뒤에 결제되어 예매하지 못했어요. 결제하신 금액은 모두 환불해 드려요.',
    },
    cancelled: {
      title: '취소된 예매예요',
      about: '이 예매는 취소되었어요.',
    },
    again: '좌석이 남아 있으면 다시 예매할 수 있어요.',
    noEvent: '공연 자체가 취소되어 더 이상 예매할 수 없어요.',
    items: '예매했던 좌석·티켓',
    event: '공연으로 돌아가기',
    mine: '내 예매 보기',
  },
  en: {
    expired: {
      title: 'The time to pay is over',
      about: 'We are sorry: the reservation was not paid in time and has ended.',
    },
    late: {
      title: 'Your payment came too late',
      about:
        'It arrived after the time to pay, so the reservation has ended. You get all of your money back.',
    },
    cancelled: {
      title: 'This reservation is cancelled',
      about: 'It is no longer valid.',
    },
    again: 'You can book again while there are seats.',
    noEvent: 'The event itself is cancelled, so it can no longer be booked.',
    items: 'What you had reserved',
    event: 'Back to the event',
    mine: 'My tickets',
  },
});

/** A reservation that is no more: why, what comes back, and where to go on. */
export function Ended({ reservation, state }: StateProps & { state: EndedState }) {
  const { title, about } = t.value[state];
  const { event_id: id } = reservation;
  const { value } = useLoaded((signal) => tiketi().getEvent({ id }, { signal }), [id]);
  const status = value?.event.status;
  return (
    <>
      <h1>{title}</h1>
      <Notice {...(state !== 'cancelled' && { tone: 'warn' as const })}>
        <p>{about}</p>
        {status === 'cancelled' && <p>{t.value.noEvent}</p>}
        {status === 'on_sale' && <p>{t.value.again}</p>}
      </Notice>
      <div class="row">
        <LinkButton look="primary" href={`/events/${id}`}>
          {t.value.event}
        </LinkButton>
        <LinkButton href="/reservations">{t.value.mine}</LinkButton>
      </div>
      <div class="card stack">
        <EventFacts event={reservation} />
        <ItemList title={t.value.items} items={reservation.items} />
        <Refunds reservation={reservation} />
      </div>
    </>
  );
}
