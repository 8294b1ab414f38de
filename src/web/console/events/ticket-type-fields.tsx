import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { Check } from '../forms/check.tsx';
import { TimeField } from '../forms/time-field.tsx';
import type { TicketDraft, TicketField } from './ticket-type-draft.ts';
import { ticketFields } from './ticket-type-texts.ts';

const t = texts({
  ko: {
    more: '판매 기간, 수량 제한, 숨기기',
    hidden: '구매자에게 보이지 않고 팔리지도 않아요.',
    unlimited: '제한 없음',
    asEvent: '비워 두면 이벤트를 따라요.',
  },
  en: {
    more: 'Own sale, quantities, hidden',
    hidden: 'Neither shown to buyers nor sold.',
    unlimited: 'No limit',
    asEvent: 'If empty, as the event.',
  },
});

interface TicketTypeFieldsProps {
  draft: TicketDraft;
  timezone: string;
  problemOf(name: TicketField): string | undefined;
  onChange(draft: TicketDraft): void;
}

/** The fields of a ticket type. Those that most types leave alone are folded away. */
export function TicketTypeFields({ draft, timezone, problemOf, onChange }: TicketTypeFieldsProps) {
  const set = (name: TicketField) => (value: string) => onChange({ ...draft, [name]: value });
  const of = (name: TicketField) => ({ label: ticketFields.value[name], problem: problemOf(name) });
  const number = (name: TicketField, min: number, max: number, placeholder?: string) => (
    <Field {...of(name)}>
      <input
        type="number"
        inputMode="numeric"
        min={min}
        max={max}
        placeholder={placeholder}
        value={draft[name]}
        onInput={({ currentTarget }) => set(name)(currentTarget.value)}
      />
    </Field>
  );
  const isSpecial =
    draft.min_quantity !== '1' ||
    draft.quantity_step !== '1' ||
    [draft.max_quantity, draft.sale_start_date, draft.sale_end_date, draft.hidden].some(
      (text) => text !== '',
    );
  return (
    <>
      <Field {...of('name')}>
        <input
          maxLength={200}
          required
          value={draft.name}
          onInput={({ currentTarget }) => set('name')(currentTarget.value)}
        />
      </Field>
      <div class="fields narrow">
        {number('price', 0, 100_000_000)}
        {number('total_quantity', 0, 1_000_000)}
      </div>
      <Field {...of('description')}>
        <input
          maxLength={10_000}
          value={draft.description}
          onInput={({ currentTarget }) => set('description')(currentTarget.value)}
        />
      </Field>
      <details open={isSpecial}>
        <summary>{t.value.more}</summary>
        <div class="stack">
          <div class="fields narrow">
            {number('min_quantity', 1, 100)}
            {number('max_quantity', 1, 100, t.value.unlimited)}
            {number('quantity_step', 1, 100)}
          </div>
          {(['sale_start_date', 'sale_end_date'] as const).map((name) => (
            <TimeField
              key={name}
              {...of(name)}
              value={draft[name]}
              timezone={timezone}
              hint={t.value.asEvent}
              onInput={set(name)}
            />
          ))}
          <Check
            label={ticketFields.value.hidden}
            hint={t.value.hidden}
            checked={draft.hidden === 'yes'}
            onChange={(checked) => set('hidden')(checked ? 'yes' : '')}
          />
        </div>
      </details>
    </>
  );
}
