import { useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import type { EditorSeat } from './editor-seat.ts';
import type { NamedSeats } from './selection.ts';

const t = texts({
  ko: {
    title: '가격 변경',
    how: (seats: string) => `${seats}석의 가격을 바꿔요. 이미 팔렸거나 결제 중인 좌석의 금액은 그대로예요.`,
    now: (prices: string) => `지금 가격: ${prices}`,
    price: '새 가격 (원)',
    wrong: '0원부터 1억 원까지예요.',
    done: (seats: string) => `${seats}석의 가격을 바꿨어요.`,
    raced: '그 사이 다른 사람이 좌석을 바꿨어요. 지금 가격을 확인하고 다시 저장해 주세요.',
  },
  en: {
    title: 'Change the price',
    how: (seats) => `Changes the price of ${seats} seats. What is held or sold keeps its price.`,
    now: (prices) => `Now: ${prices}`,
    price: 'New price (won)',
    wrong: '₩0 to ₩100,000,000.',
    done: (seats) => `The price of ${seats} seats has changed.`,
    raced: 'Someone else changed the seats meanwhile. Look at the prices now, and save again.',
  },
});

interface PriceDialogProps {
  eventId: string;
  requests: readonly NamedSeats[];
  selected: readonly EditorSeat[];
  /** The state of the seats that the change is based on. */
  layout: number;
  onDone(): void;
  /** The seats are other ones than those that are shown. */
  onChanged(): void;
  onClose(): void;
}

export function PriceDialog(props: PriceDialogProps) {
  const { eventId, requests, selected, layout, onDone, onChanged, onClose } = props;
  const [price, setPrice] = useState('');
  const [tried, setTried] = useState(false);
  const { busy, run } = useAction();
  const isWrong = !/^\d{1,9}$/.test(price) || Number(price) > 100_000_000;
  const prices = [...new Set(selected.map((seat) => seat.price))].sort((a, b) => b - a);

  const save = () => {
    setTried(true);
    if (isWrong) return focusFirstWrong();
    return run({ price, requests, layout }, async () => {
      let [changed, current] = [0, layout];
      try {
        for (const named of requests) {
          const headers = { 'if-match': `"${current}"` };
          const answer = await tiketi().setSeatPrices(
            { id: eventId, price: Number(price), ...named },
            { headers },
          );
          changed += answer.changed;
          current = answer.layout;
        }
        say(t.value.done(count(changed)));
        onDone();
      } catch (error) {
        onChanged();
        if (!(error instanceof TiketiError && error.code === 'PRECONDITION_FAILED')) throw error;
        say(t.value.raced);
      }
    });
  };
  return (
    <Confirm title={t.value.title} busy={busy} onConfirm={save} onClose={onClose}>
      <p class="soft">{t.value.how(count(selected.length))}</p>
      <p class="number">
        {t.value.now(prices.slice(0, 6).map(won).join(', ') + (prices.length > 6 ? ', …' : ''))}
      </p>
      <Field label={t.value.price} problem={tried && isWrong ? t.value.wrong : undefined}>
        <input
          inputMode="numeric"
          maxLength={9}
          value={price}
          onInput={({ currentTarget }) => setPrice(currentTarget.value.trim())}
        />
      </Field>
    </Confirm>
  );
}
