import { count, dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import type { TicketType } from './ticket-type-draft.ts';

const t = texts({
  ko: {
    stock: (left: string, total: string) => `${total}매 중 ${left}매 남음`,
    claimed: (claimed: string) => `판매·결제 대기 ${claimed}매`,
    hidden: '숨김',
    quantity: (min: number, max: string, step: number) =>
      `한 번에 ${min}매부터${max === '' ? '' : ` ${max}매까지`}${step > 1 ? `, ${step}매씩` : ''}`,
    from: (time: string) => `${time}부터`,
    until: (time: string) => `${time}까지`,
    up: (name: string) => `${name} 위로`,
    down: (name: string) => `${name} 아래로`,
    edit: '수정',
    editOf: (name: string) => `${name} 수정`,
    remove: '삭제',
    removeOf: (name: string) => `${name} 삭제`,
  },
  en: {
    stock: (left, total) => `${left} of ${total} left`,
    claimed: (claimed) => `${claimed} sold or held`,
    hidden: 'Hidden',
    quantity: (min, max, step) =>
      `At least ${min}${max === '' ? '' : `, at most ${max}`}${step > 1 ? `, in steps of ${step}` : ''}`,
    from: (time) => `from ${time}`,
    until: (time) => `until ${time}`,
    up: (name) => `Move ${name} up`,
    down: (name) => `Move ${name} down`,
    edit: 'Change',
    editOf: (name) => `Change ${name}`,
    remove: 'Delete',
    removeOf: (name) => `Delete ${name}`,
  },
});

interface TicketTypeRowProps {
  type: TicketType;
  timezone: string;
  busy: boolean;
  onEdit(): void;
  onRemove(): void;
  onUp: (() => unknown) | undefined;
  onDown: (() => unknown) | undefined;
}

export function TicketTypeRow({ type, timezone, busy, onEdit, onRemove, onUp, onDown }: TicketTypeRowProps) {
  const { name, description, price, total_quantity, available_quantity, claimed_quantity } = type;
  const { min_quantity, max_quantity, quantity_step, sale_start_date, sale_end_date } = type;
  const isLimited = min_quantity > 1 || max_quantity !== null || quantity_step > 1;
  const stock = t.value.stock(count(available_quantity), count(total_quantity));
  const ownSale = [
    sale_start_date && t.value.from(dateText(sale_start_date, timezone)),
    sale_end_date && t.value.until(dateText(sale_end_date, timezone)),
  ].filter(Boolean);
  return (
    <li class="event-row">
      <div class="what">
        <div class="row">
          <h3>{name}</h3>
          {type.hidden && <Badge>{t.value.hidden}</Badge>}
        </div>
        {description && <p class="soft small">{description}</p>}
      </div>
      <div class="when">
        <p class="number">{won(price)}</p>
        {isLimited && (
          <p class="soft small">
            {t.value.quantity(min_quantity, String(max_quantity ?? ''), quantity_step)}
          </p>
        )}
        {ownSale.length > 0 && <p class="soft small">{ownSale.join(' ')}</p>}
      </div>
      <div class="sells">
        <div class="sold">
          <p class="small number">{stock}</p>
          <meter min={0} max={Math.max(1, total_quantity)} value={claimed_quantity} aria-label={stock} />
          <p class="soft small number">{t.value.claimed(count(claimed_quantity))}</p>
        </div>
      </div>
      <div class="row row-actions">
        <Button size="small" disabled={busy || !onUp} aria-label={t.value.up(name)} onClick={onUp}>
          ↑
        </Button>
        <Button size="small" disabled={busy || !onDown} aria-label={t.value.down(name)} onClick={onDown}>
          ↓
        </Button>
        <Button size="small" aria-label={t.value.editOf(name)} onClick={onEdit}>
          {t.value.edit}
        </Button>
        <Button
          size="small"
          look="plain"
          disabled={claimed_quantity > 0}
          aria-label={t.value.removeOf(name)}
          onClick={onRemove}
        >
          {t.value.remove}
        </Button>
      </div>
    </li>
  );
}
