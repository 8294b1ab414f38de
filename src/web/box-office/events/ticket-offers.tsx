import { now } from '../../shared/clock.ts';
import { dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { TicketType } from '../../shared/types.ts';
import { Left } from './left.tsx';
import { quantityRule } from './quantity-rule.ts';
import { windowOf } from './sale-window.ts';
import type { Stock } from './use-stock.ts';

const t = texts({
  ko: {
    title: '티켓',
    opens: (time: string) => `${time}부터 판매`,
    closes: (time: string) => `${time}까지 판매`,
    over: '판매 종료',
  },
  en: {
    title: 'Tickets',
    opens: (time) => `On sale from ${time}`,
    closes: (time) => `On sale until ${time}`,
    over: 'No longer on sale',
  },
});

interface TicketOffersProps {
  ticketTypes: readonly TicketType[];
  stock: Stock | undefined;
  timezone: string;
}

/** The ticket types of an event, with what is left of each. */
export function TicketOffers({ ticketTypes, stock, timezone }: TicketOffersProps) {
  return (
    <section class="stack">
      <h2>{t.value.title}</h2>
      <ul class="offers">
        {ticketTypes.map((type) => {
          const { left, total } = stock?.get(type.id) ?? {
            left: type.available_quantity,
            total: type.total_quantity,
          };
          return (
            <li key={type.id}>
              <div>
                <h3>{type.name}</h3>
                {type.description && <p class="soft">{type.description}</p>}
                <TypeNotes type={type} timezone={timezone} />
                <p class="price number">{won(type.price)}</p>
              </div>
              <Left unit="ticket" left={left} total={total} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What differs from the rules of the event: an own time of sale, and which quantities there are. */
export function TypeNotes({ type, timezone }: { type: TicketType; timezone: string }) {
  const { sale_start_date: starts, sale_end_date: ends } = type;
  const state = windowOf(type, now.value);
  const rule = quantityRule(type);
  return (
    <>
      {state === 'before' && starts && <p class="note">{t.value.opens(dateText(starts, timezone))}</p>}
      {state === 'open' && ends && <p class="note">{t.value.closes(dateText(ends, timezone))}</p>}
      {state === 'over' && <p class="note">{t.value.over}</p>}
      {rule && <p class="note">{rule}</p>}
    </>
  );
}
