import { now } from '../../shared/clock.ts';
import { won } from '../../shared/format.ts';
import type { TicketType } from '../../shared/types.ts';
import { Left } from '../events/left.tsx';
import { windowOf } from '../events/sale-window.ts';
import { TypeNotes } from '../events/ticket-offers.tsx';
import { Stepper } from './stepper.tsx';

interface TicketRowProps {
  type: TicketType;
  timezone: string;
  left: number;
  total: number;
  quantity: number;
  onLess: (() => void) | undefined;
  onMore: (() => void) | undefined;
}

export function TicketRow({ type, timezone, left, total, quantity, onLess, onMore }: TicketRowProps) {
  const isSold = windowOf(type, now.value) === 'open' && left > 0;
  return (
    <li data-chosen={quantity > 0}>
      <div>
        <h3>{type.name}</h3>
        {type.description && <p class="soft">{type.description}</p>}
        <TypeNotes type={type} timezone={timezone} />
        <p class="price number">{won(type.price)}</p>
      </div>
      <div class="choose">
        <Left unit="ticket" left={left} total={total} />
        {isSold && <Stepper name={type.name} quantity={quantity} onLess={onLess} onMore={onMore} />}
      </div>
    </li>
  );
}
