import type { ComponentChildren } from 'preact';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { Check } from '../forms/check.tsx';
import { TimeField } from '../forms/time-field.tsx';
import type { EventDraft, EventField } from './event-draft.ts';
import { fields } from './event-texts.ts';
import { HallSelect } from './hall-select.tsx';
import { TimezoneSelect } from './timezone-select.tsx';

const t = texts({
  ko: {
    what: '공연 정보',
    whatHint: '구매자가 이벤트 목록과 상세 페이지에서 봐요.',
    when: '일정',
    whenHint: '모든 시각은 공연장 시간대 기준이에요.',
    seats: '좌석',
    seatsHint: '공개할 때 배치도대로 좌석이 만들어져요.',
    fixedHall: '공개한 뒤에는 바꿀 수 없어요. 좌석은 좌석 편집에서 고쳐요.',
    limits: '구매 제한',
    limitsHint: '비워 두면 서비스 기본값이 적용돼요.',
    byDefault: '기본값',
    companionHint: '비워 두면 휠체어석과 함께만 판매돼요.',
    address: '이미지를 올리지 않고 다른 곳의 주소를 쓸 때만 적어 주세요.',
  },
  en: {
    what: 'About the event',
    whatHint: 'Buyers read this in the list and on the page of the event.',
    when: 'Dates',
    whenHint: 'All times are those of the venue.',
    seats: 'Seats',
    seatsHint: 'Publishing makes the seats from the hall.',
    fixedHall: 'It stays after the publication. Change single seats under “Edit seats”.',
    limits: 'Limits',
    limitsHint: 'An empty field means the default of the service.',
    byDefault: 'Default',
    companionHint: 'If empty, they are sold together with an accessible seat alone.',
    address: 'Only for a poster that is kept elsewhere, instead of an upload.',
  },
});

interface EventFormProps {
  draft: EventDraft;
  problemOf(name: EventField): string | undefined;
  onChange(draft: EventDraft): void;
  /** The hall of a published event stays. */
  hallFixed?: boolean;
}

/** All fields of an event in groups. */
export function EventForm({ draft, problemOf, onChange, hallFixed = false }: EventFormProps) {
  const set = (name: EventField) => (value: string) => onChange({ ...draft, [name]: value });
  const of = (name: EventField) => ({ label: fields.value[name], problem: problemOf(name) });
  const text = (name: EventField, required = false) => (
    <Field {...of(name)}>
      <input
        value={draft[name]}
        maxLength={200}
        required={required}
        onInput={({ currentTarget }) => set(name)(currentTarget.value)}
      />
    </Field>
  );
  const number = (name: EventField, min: number, max: number) => (
    <Field {...of(name)}>
      <input
        type="number"
        inputMode="numeric"
        min={min}
        max={max}
        placeholder={t.value.byDefault}
        value={draft[name]}
        onInput={({ currentTarget }) => set(name)(currentTarget.value)}
      />
    </Field>
  );
  const time = (name: EventField, required: boolean, hint?: string) => (
    <TimeField
      {...of(name)}
      value={draft[name]}
      timezone={draft.timezone}
      required={required}
      hint={hint}
      onInput={set(name)}
    />
  );
  const isUploaded = draft.poster_image_url.includes('/api/v1/events/');
  return (
    <>
      <Group title={t.value.what} hint={t.value.whatHint}>
        <div class="wide">{text('title', true)}</div>
        {text('artist_name')}
        {text('venue', true)}
        <div class="wide">{text('address')}</div>
        <div class="wide">
          <Field {...of('description')}>
            <textarea
              rows={4}
              maxLength={10_000}
              value={draft.description}
              onInput={({ currentTarget }) => set('description')(currentTarget.value)}
            />
          </Field>
        </div>
        {!isUploaded && (
          <div class="wide">
            <Field {...of('poster_image_url')} hint={t.value.address}>
              <input
                type="url"
                placeholder="https://"
                maxLength={2000}
                value={draft.poster_image_url}
                onInput={({ currentTarget }) => set('poster_image_url')(currentTarget.value)}
              />
            </Field>
          </div>
        )}
      </Group>
      <Group title={t.value.when} hint={t.value.whenHint}>
        {time('event_date', true)}
        <Field {...of('timezone')}>
          <TimezoneSelect value={draft.timezone} onChange={set('timezone')} />
        </Field>
        {time('sale_start_date', true)}
        {time('sale_end_date', true)}
      </Group>
      <Group title={t.value.seats} hint={t.value.seatsHint}>
        <Field {...of('seat_layout_id')} hint={hallFixed ? t.value.fixedHall : undefined}>
          <HallSelect value={draft.seat_layout_id} disabled={hallFixed} onChange={set('seat_layout_id')} />
        </Field>
        {time('companion_release_at', false, t.value.companionHint)}
      </Group>
      <Group title={t.value.limits} hint={t.value.limitsHint}>
        {number('max_seats_per_reservation', 1, 100)}
        {number('max_seats_per_user', 1, 10_000)}
        {number('max_tickets_per_reservation', 1, 100)}
        {number('max_tickets_per_user', 1, 10_000)}
        {number('hold_seconds', 10, 86_400)}
        {number('extend_seconds', 0, 86_400)}
        <div class="wide">
          <Check
            label={fields.value.pre_scaled}
            checked={draft.pre_scaled === 'yes'}
            onChange={(checked) => set('pre_scaled')(checked ? 'yes' : '')}
          />
        </div>
      </Group>
    </>
  );
}

function Group({ title, hint, children }: { title: string; hint: string; children: ComponentChildren }) {
  return (
    <section class="form-group">
      <header>
        <h2>{title}</h2>
        <p>{hint}</p>
      </header>
      <div class="fields">{children}</div>
    </section>
  );
}
