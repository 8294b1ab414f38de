import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { count, dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail, TicketType } from '../../shared/types.ts';
import { Button } from '../../ui/button.tsx';
import { Countdown } from '../../ui/countdown.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure } from '../../ui/notice.tsx';
import { useStock } from '../events/use-stock.ts';
import { returnToLine } from '../waiting-room/return-to-line.ts';
import { Attempts } from './attempt.ts';
import { type Choice, fitted, largest, less, limitOf, more, sumOf, totalOf } from './choice.ts';
import { TicketRow } from './ticket-row.tsx';

interface TicketStepProps {
  event: EventDetail;
  ticketTypes: readonly TicketType[];
}

const t = texts({
  ko: {
    choose: '티켓 선택',
    limit: (n: number) => `한 번에 ${n}매까지 예매할 수 있어요.`,
    total: (n: number) => `총 ${count(n)}매`,
    book: '예매하기',
    opensIn: '예매 오픈까지',
    fewer: '그사이 다른 분이 예매해서 선택한 수량을 남은 만큼으로 줄였어요.',
    sure: '다시 눌러도 두 번 예매되지 않으니 안심하세요.',
  },
  en: {
    choose: 'Choose tickets',
    limit: (n) => `Up to ${n} tickets at once.`,
    total: (n) => (n === 1 ? '1 ticket' : `${count(n)} tickets`),
    book: 'Book',
    opensIn: 'The sale opens in',
    fewer: 'Others were faster: your choice is now what is left.',
    sure: 'Trying again does not book twice.',
  },
});

/** How many tickets of each type, and the hold of them. */
export function TicketStep({ event, ticketTypes }: TicketStepProps) {
  const { id, timezone, sale_start_date } = event;
  const { route } = useLocation();
  const stock = useStock(id);
  const [wanted, setWanted] = useState<Choice>({});
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const attempts = useRef(new Attempts());

  const leftOf = (type: TicketType) => stock?.get(type.id)?.left ?? type.available_quantity;
  const leftById = new Map(ticketTypes.map((type) => [type.id, leftOf(type)]));
  const limit = limitOf(event);
  const choice = fitted(wanted, ticketTypes, (typeId) => leftById.get(typeId) ?? 0, limit);
  const quantity = sumOf(choice);
  const isBefore = Date.parse(sale_start_date) > now.value;

  useEffect(() => {
    // A change of the stock while the answer is awaited is the buyer's own.
    if (busy || quantity >= sumOf(wanted)) return;
    setWanted(choice);
    say(t.value.fewer);
  }, [quantity, busy]);

  const choose = (typeId: string, of: number) => {
    setError(undefined);
    setWanted({ ...choice, [typeId]: of });
  };

  async function book(): Promise<void> {
    const items = ticketTypes.flatMap(({ id: ticketTypeId }) => {
      const of = choice[ticketTypeId];
      return of === undefined ? [] : [{ ticketTypeId, quantity: of }];
    });
    const request = { eventId: id, items };
    setBusy(true);
    setError(undefined);
    try {
      const { reservation } = await attempts.current.make(JSON.stringify(request), (key) =>
        tiketi().createReservation(request, { headers: { 'idempotency-key': key } }),
      );
      route(`/reservations/${reservation.id}`);
    } catch (problem) {
      setBusy(false);
      if (problem instanceof TiketiError && problem.code === 'QUEUE_REQUIRED') returnToLine();
      else setError(problem);
    }
  }

  return (
    <section class="ticket-step">
      <header class="stack">
        <h1>{event.title}</h1>
        <p class="soft">
          {dateText(event.event_date, timezone)} · {event.venue}
        </p>
      </header>
      <div class="stack">
        <h2>{t.value.choose}</h2>
        <p class="soft">{t.value.limit(limit)}</p>
        <ul class="offers">
          {ticketTypes.map((type) => {
            const of = choice[type.id] ?? 0;
            const left = leftOf(type);
            const room = Math.min(left, limit - quantity + of);
            return (
              <TicketRow
                key={type.id}
                type={type}
                timezone={timezone}
                left={left}
                total={stock?.get(type.id)?.total ?? type.total_quantity}
                quantity={of}
                onLess={of > 0 ? () => choose(type.id, less(type, of)) : undefined}
                onMore={largest(type, room) > of ? () => choose(type.id, more(type, of, room)) : undefined}
              />
            );
          })}
        </ul>
      </div>
      <div class="card ticket-sum">
        {error !== undefined && (
          <Failure error={error} retry={book}>
            {error instanceof TiketiError && error.isNetworkError && <p>{t.value.sure}</p>}
          </Failure>
        )}
        <p class="sum" aria-live="polite">
          <span>{t.value.total(quantity)}</span>
          <strong class="number">{won(totalOf(choice, ticketTypes))}</strong>
        </p>
        {isBefore && (
          <p>
            {t.value.opensIn} <Countdown to={sale_start_date} />
          </p>
        )}
        <Button look="primary" busy={busy} disabled={quantity === 0 || isBefore} onClick={book}>
          {t.value.book}
        </Button>
      </div>
    </section>
  );
}
