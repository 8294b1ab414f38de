import { useState } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { EventFacts } from './event-facts.tsx';
import { ItemList } from './item-list.tsx';
import { QrCode } from './qr-code.tsx';
import { Refunds } from './refunds.tsx';
import type { StateProps } from './state.ts';

const t = texts({
  ko: {
    title: '예매가 완료되었어요',
    show: '입장할 때 이 QR 코드를 보여 주세요.',
    code: (number: string) => `예매번호 ${number}의 QR 코드`,
    items: '좌석·티켓',
    cancel: '예매 취소',
  },
  en: {
    title: 'Your ticket',
    show: 'Show this QR code at the entrance.',
    code: (number) => `QR code of reservation ${number}`,
    items: 'Seats and tickets',
    cancel: 'Cancel',
  },
});

/** A paid reservation, as a ticket to show at the entrance. */
export function Ticket({ reservation, onChange }: StateProps) {
  const [isCancelling, setCancelling] = useState(false);
  const { reservation_number, items, total_amount } = reservation;
  return (
    <>
      <h1>{t.value.title}</h1>
      <article class="ticket">
        <div class="stub">
          <QrCode text={reservation_number} label={t.value.code(reservation_number)} />
          <p class="number code">{reservation_number}</p>
          <p class="soft">{t.value.show}</p>
        </div>
        <div class="stack body">
          <EventFacts event={reservation} />
          <ItemList title={t.value.items} items={items} total={total_amount} />
          <Refunds reservation={reservation} />
        </div>
      </article>
      <div>
        <Button look="danger" onClick={() => setCancelling(true)}>
          {t.value.cancel}
        </Button>
      </div>
      {isCancelling && (
        <CancelDialog reservation={reservation} onDone={onChange} onClose={() => setCancelling(false)} />
      )}
    </>
  );
}
