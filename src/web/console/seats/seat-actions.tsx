import { useMemo, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import { BlockDialog } from './block-dialog.tsx';
import { countStates, type EditorSeat } from './editor-seat.ts';
import { PriceDialog } from './price-dialog.tsx';
import { requestsFor } from './selection.ts';

const t = texts({
  ko: {
    title: (seats: string) => `${seats}석 선택`,
    nothing: '고른 좌석이 없어요.',
    states: (free: string, held: string, sold: string, blocked: string) =>
      `판매 가능 ${free} · 결제 대기 ${held} · 판매됨 ${sold} · 판매 보류 ${blocked}`,
    block: '판매 보류',
    unblock: '보류 해제',
    price: '가격 변경',
    clear: '선택 해제',
    unblocked: (seats: string) => `${seats}석을 다시 팔아요.`,
  },
  en: {
    title: (seats) => `${seats} seats selected`,
    nothing: 'No seat is selected.',
    states: (free, held, sold, blocked) => `${free} free · ${held} held · ${sold} sold · ${blocked} blocked`,
    block: 'Block',
    unblock: 'Unblock',
    price: 'Change the price',
    clear: 'Clear the selection',
    unblocked: (seats) => `${seats} seats are on sale again.`,
  },
});

interface SeatActionsProps {
  event: PartProps['event'];
  seats: readonly EditorSeat[];
  selected: readonly EditorSeat[];
  layout: number;
  onClear(): void;
  onDone(): void;
}

/** What can be done with the selected seats. */
export function SeatActions({ event, seats, selected, layout, onClear, onDone }: SeatActionsProps) {
  const [open, setOpen] = useState<'block' | 'price'>();
  const { busy, run } = useAction();
  const { free, held, sold, blocked } = countStates(selected);
  const requests = useMemo(
    () => requestsFor(seats, new Set(selected.map((seat) => seat.id))),
    [seats, selected],
  );
  const finish = () => {
    setOpen(undefined);
    onClear();
    onDone();
  };
  const unblock = async () => {
    let unblocked = 0;
    for (const named of requests)
      await run({ unblock: [event.id, named] }, async (once) => {
        unblocked += (await tiketi().unblockSeats({ id: event.id, ...named }, once)).unblocked;
      });
    if (unblocked > 0) say(t.value.unblocked(count(unblocked)));
    finish();
  };
  return (
    <section class="card stack compact" aria-live="polite">
      <h3>{selected.length === 0 ? t.value.nothing : t.value.title(count(selected.length))}</h3>
      {selected.length > 0 && (
        <>
          <p class="soft small number">
            {t.value.states(count(free), count(held), count(sold), count(blocked))}
          </p>
          <div class="row">
            <Button size="small" look="primary" disabled={free === 0} onClick={() => setOpen('block')}>
              {t.value.block}
            </Button>
            <Button size="small" disabled={blocked === 0} busy={busy} onClick={unblock}>
              {t.value.unblock}
            </Button>
            <Button size="small" onClick={() => setOpen('price')}>
              {t.value.price}
            </Button>
            <Button size="small" look="plain" onClick={onClear}>
              {t.value.clear}
            </Button>
          </div>
        </>
      )}
      {open === 'block' && (
        <BlockDialog
          event={event}
          requests={requests}
          free={free}
          onDone={finish}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === 'price' && (
        <PriceDialog
          eventId={event.id}
          requests={requests}
          selected={selected}
          layout={layout}
          onDone={finish}
          onChanged={onDone}
          onClose={() => setOpen(undefined)}
        />
      )}
    </section>
  );
}
