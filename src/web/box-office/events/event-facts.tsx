import type { ComponentChildren } from 'preact';
import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';

const t = texts({
  ko: {
    date: '일시',
    venue: '장소',
    sale: '예매 기간',
    limit: '예매 한도',
    hold: '결제 시간',
    seats: (once: number, each: number) =>
      once === each ? `1인 ${each}석` : `1인 ${each}석 (한 번에 ${once}석)`,
    tickets: (once: number, each: number) =>
      once === each ? `1인 ${each}매` : `1인 ${each}매 (한 번에 ${once}매)`,
    within: (seconds: number) =>
      `선택 후 ${seconds % 60 === 0 ? `${seconds / 60}분` : `${seconds}초`} 안에 결제`,
  },
  en: {
    date: 'Date',
    venue: 'Venue',
    sale: 'On sale',
    limit: 'Limit',
    hold: 'Payment',
    seats: (once, each) =>
      once === each ? `${each} seats a person` : `${each} seats a person, ${once} at once`,
    tickets: (once, each) =>
      once === each ? `${each} tickets a person` : `${each} tickets a person, ${once} at once`,
    within: (seconds) => `Within ${seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`} of choosing`,
  },
});

export function EventFacts({ event }: { event: EventDetail }) {
  const { event_date, timezone, venue, address, sale_start_date, sale_end_date, limits } = event;
  const limit = event.seat_layout_id
    ? t.value.seats(limits.max_seats_per_reservation, limits.max_seats_per_user)
    : t.value.tickets(limits.max_tickets_per_reservation, limits.max_tickets_per_user);
  return (
    <dl class="facts">
      <Fact name={t.value.date}>{dateText(event_date, timezone, 'full')}</Fact>
      <Fact name={t.value.venue}>
        {venue}
        {address && <span class="soft">{address}</span>}
      </Fact>
      <Fact name={t.value.sale}>
        {dateText(sale_start_date, timezone)} – {dateText(sale_end_date, timezone)}
      </Fact>
      <Fact name={t.value.limit}>{limit}</Fact>
      <Fact name={t.value.hold}>{t.value.within(limits.hold_seconds)}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
