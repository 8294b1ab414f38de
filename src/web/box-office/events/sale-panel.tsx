import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Countdown } from '../../ui/countdown.tsx';

const t = texts({
  ko: {
    title: '예매',
    book: '예매하기',
    opensIn: '예매 오픈까지',
    opensAt: (time: string) => `${time} 오픈`,
    byItself: '이 화면을 열어 두면 오픈과 동시에 예매 화면으로 넘어가요.',
    lobby: '대기실 입장하기',
    lobbyOpen: '대기실이 열렸어요. 오픈 전에 들어온 분들의 순서는 추첨으로 정해져요.',
    lobbyOpens: (time: string) => `${time}에 대기실이 열려요. 들어온 분들의 순서는 추첨으로 정해져요.`,
    until: (time: string) => `${time}까지 예매할 수 있어요.`,
    sold_out: '지금은 남은 티켓이 없어요. 취소된 티켓이 나오면 여기에서 바로 예매할 수 있어요.',
    ended: '예매가 끝난 공연이에요.',
    cancelled: '취소된 공연이에요. 결제하신 금액은 모두 환불해 드려요.',
    mine: '내 예매 보기',
    others: '다른 공연 보기',
  },
  en: {
    title: 'Tickets',
    book: 'Book now',
    opensIn: 'The sale opens in',
    opensAt: (time) => `Opens ${time}`,
    byItself: 'Keep this page open: it takes you to the tickets as soon as the sale opens.',
    lobby: 'Enter the waiting room',
    lobbyOpen: 'The waiting room is open. A draw decides the order of everyone who enters before the sale.',
    lobbyOpens: (time) => `The waiting room opens ${time}. A draw decides the order of everyone in it.`,
    until: (time) => `On sale until ${time}.`,
    sold_out: 'Nothing is left at the moment. If a ticket is given back, you can book it right here.',
    ended: 'The sale of this event has ended.',
    cancelled: 'This event is cancelled. Everything that was paid will be refunded.',
    mine: 'My tickets',
    others: 'See other events',
  },
});

/** What a buyer can do now. It opens the door by itself when the sale starts. */
export function SalePanel({ event }: { event: EventDetail }) {
  const { id, status, timezone } = event;
  const { route } = useLocation();
  const booking = `/events/${id}/book`;
  // The page asks for the status around the opening until the service itself says that the sale has begun.
  const before = useRef(status);
  useEffect(() => {
    if (before.current === 'upcoming' && status === 'on_sale') route(booking);
    before.current = status;
  }, [status]);

  return (
    <section class="card sale-panel" aria-labelledby="sale-panel">
      <h2 id="sale-panel" class="visually-hidden">
        {t.value.title}
      </h2>
      {status === 'on_sale' && (
        <>
          <LinkButton look="primary" href={booking}>
            {t.value.book}
          </LinkButton>
          <p class="soft">{t.value.until(dateText(event.sale_end_date, timezone))}</p>
        </>
      )}
      {status === 'upcoming' && <Opening event={event} booking={booking} />}
      {status === 'sold_out' && (
        <>
          <Button look="primary" disabled>
            {t.value.book}
          </Button>
          <p role="status">{t.value.sold_out}</p>
        </>
      )}
      {(status === 'ended' || status === 'cancelled') && (
        <>
          <p role="status">{t.value[status]}</p>
          <div class="row">
            <LinkButton href="/reservations">{t.value.mine}</LinkButton>
            <LinkButton href="/">{t.value.others}</LinkButton>
          </div>
        </>
      )}
    </section>
  );
}

function Opening({ event, booking }: { event: EventDetail; booking: string }) {
  const { id, sale_start_date, timezone } = event;
  // Only some events have a lobby. The others answer with an error, which is no news here.
  const { value: lottery } = useLoaded(
    (signal) => tiketi().getQueueLottery({ eventId: id }, { signal }),
    [id, sale_start_date],
  );
  const isLobbyOpen = lottery !== undefined && Date.parse(lottery.opensAt) <= now.value;
  return (
    <>
      <p class="soft">{t.value.opensIn}</p>
      <p class="countdown">
        <Countdown to={sale_start_date} />
      </p>
      {isLobbyOpen ? (
        <LinkButton look="primary" href={booking}>
          {t.value.lobby}
        </LinkButton>
      ) : (
        <Button look="primary" disabled>
          {t.value.opensAt(dateText(sale_start_date, timezone))}
        </Button>
      )}
      {lottery && (
        <p role="status">
          {isLobbyOpen ? t.value.lobbyOpen : t.value.lobbyOpens(dateText(lottery.opensAt, timezone))}
        </p>
      )}
      <p class="soft">{t.value.byItself}</p>
    </>
  );
}
