import { useState } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Check } from '../forms/check.tsx';
import { TimeField } from '../forms/time-field.tsx';
import { fromLocalTime, toLocalTime } from '../forms/zoned-time.ts';
import { STATUSES, statusTexts } from './reservation-texts.ts';
import type { ReservationFilter } from './use-reservation-pages.ts';

const t = texts({
  ko: {
    filter: '예매 조건',
    number: '예매번호',
    seat: '좌석 (예: R-4-7)',
    status: '상태',
    all: '전체',
    more: '자세한 조건',
    user: '구매자 ID',
    type: '티켓 종류',
    payment: '결제 ID',
    from: '이때부터',
    to: '이때까지',
    refundDue: '환불할 예매만',
    apply: '찾기',
    reset: '조건 지우기',
  },
  en: {
    filter: 'Filter of reservations',
    number: 'Number',
    seat: 'Seat (such as R-4-7)',
    status: 'Status',
    all: 'All',
    more: 'More conditions',
    user: 'Buyer’s id',
    type: 'Ticket type',
    payment: 'Payment id',
    from: 'From',
    to: 'To',
    refundDue: 'Only what is due for refund',
    apply: 'Find',
    reset: 'Clear',
  },
});

interface FilterFormProps {
  filter: ReservationFilter;
  timezone: string;
  ticketTypes: { id: string; name: string }[];
  onApply(filter: ReservationFilter): void;
}

/** All that the service can filter by. What is rarely needed is folded away. */
export function FilterForm({ filter, timezone, ticketTypes, onApply }: FilterFormProps) {
  const [draft, setDraft] = useState<Record<string, string | undefined>>({ ...filter });
  const set = (name: keyof ReservationFilter) => (value: string | undefined) =>
    setDraft((last) => ({ ...last, [name]: value || undefined }));
  const typed = (name: keyof ReservationFilter) => ({
    value: draft[name] ?? '',
    autoComplete: 'off',
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => set(name)(currentTarget.value),
  });
  const time = (name: 'from' | 'to') => (
    <TimeField
      label={t.value[name]}
      timezone={timezone}
      value={draft[name] ? toLocalTime(draft[name], timezone) : ''}
      onInput={(value) => set(name)(fromLocalTime(value, timezone))}
    />
  );
  const { user_id, ticket_type_id, payment_id, from, to } = filter;
  return (
    <form
      class="card stack"
      aria-label={t.value.filter}
      onSubmit={(event) => {
        event.preventDefault();
        const given = Object.entries(draft).map(([name, value]) => [name, value?.trim()]);
        onApply(Object.fromEntries(given.filter(([, value]) => value)) as ReservationFilter);
      }}
    >
      <div class="fields">
        <Field label={t.value.number}>
          <input maxLength={40} {...typed('number')} />
        </Field>
        <Field label={t.value.seat}>
          <input maxLength={100} {...typed('seat')} />
        </Field>
        <Field label={t.value.status}>
          <select
            value={draft.status ?? ''}
            onChange={({ currentTarget }) => set('status')(currentTarget.value)}
          >
            <option value="">{t.value.all}</option>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {statusTexts.value[status]}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <details open={[user_id, ticket_type_id, payment_id, from, to].some(Boolean)}>
        <summary>{t.value.more}</summary>
        <div class="fields">
          <Field label={t.value.user}>
            <input maxLength={36} {...typed('user_id')} />
          </Field>
          <Field label={t.value.payment}>
            <input maxLength={200} {...typed('payment_id')} />
          </Field>
          {ticketTypes.length > 0 && (
            <Field label={t.value.type}>
              <select
                value={draft.ticket_type_id ?? ''}
                onChange={({ currentTarget }) => set('ticket_type_id')(currentTarget.value)}
              >
                <option value="">{t.value.all}</option>
                {ticketTypes.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </Field>
          )}
          {time('from')}
          {time('to')}
        </div>
      </details>
      <Check
        label={t.value.refundDue}
        checked={draft.refund_due === 'true'}
        onChange={(checked) => set('refund_due')(checked ? 'true' : undefined)}
      />
      <div class="row">
        <Button look="primary" type="submit">
          {t.value.apply}
        </Button>
        <Button
          onClick={() => {
            setDraft({});
            onApply({});
          }}
        >
          {t.value.reset}
        </Button>
      </div>
    </form>
  );
}
