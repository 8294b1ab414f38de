import { useState } from 'preact/hooks';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { EventFacts } from './event-facts.tsx';
import { Extend } from './extend.tsx';
import { HoldClock } from './hold-clock.tsx';
import { ItemList } from './item-list.tsx';
import type { StateProps } from './state.ts';

const t = texts({
  ko: {
    title: '결제하면 예매가 완료돼요',
    items: '선택한 좌석·티켓',
    pay: (amount: string) => `${amount} 결제하기`,
    giveUp: '예매 취소',
  },
  en: {
    title: 'Pay to complete your reservation',
    items: 'Your seats and tickets',
    pay: (amount) => `Pay ${amount}`,
    giveUp: 'Cancel reservation',
  },
});

/** What waits for its payment. */
export function Hold({ reservation, onChange }: StateProps) {
  const [isGivingUp, setGivingUp] = useState(false);
  const { id, expires_at, total_amount, items } = reservation;
  return (
    <>
      <h1>{t.value.title}</h1>
      <HoldClock until={expires_at} onEnd={onChange} />
      <div class="card stack">
        <EventFacts event={reservation} />
        <ItemList title={t.value.items} items={items} total={total_amount} />
      </div>
      <div class="stack pay-actions">
        <LinkButton look="primary" href={`/pay/${id}`}>
          {t.value.pay(won(total_amount))}
        </LinkButton>
        <Extend reservation={reservation} onChange={onChange} />
        <Button look="plain" onClick={() => setGivingUp(true)}>
          {t.value.giveUp}
        </Button>
      </div>
      {isGivingUp && (
        <CancelDialog reservation={reservation} onDone={onChange} onClose={() => setGivingUp(false)} />
      )}
    </>
  );
}
