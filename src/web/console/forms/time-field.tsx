import { dateText, ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { fromLocalTime } from './zoned-time.ts';

const t = texts({
  ko: {
    skipped: '이 시간대에는 없는 시각이에요 (서머타임 시작).',
    yours: (time: string) => `내 시간으로 ${time}`,
  },
  en: {
    skipped: 'This time does not exist in the time zone: clocks go forward then.',
    yours: (time) => `${time} in your time zone`,
  },
});

interface TimeFieldProps {
  label: string;
  /** As of `toLocalTime`. */
  value: string;
  timezone: string;
  required?: boolean;
  hint?: string | undefined;
  problem?: string | undefined;
  onInput(value: string): void;
}

/** A time in the time zone of the event. It also says what time that is for the reader, if theirs is another. */
export function TimeField({ label, value, timezone, required, hint, problem, onInput }: TimeFieldProps) {
  const instant = fromLocalTime(value, timezone);
  const yours =
    instant !== undefined && timezone !== ownTimezone
      ? t.value.yours(dateText(instant, ownTimezone))
      : undefined;
  return (
    <Field
      label={label}
      hint={yours ?? hint}
      problem={value !== '' && instant === undefined ? t.value.skipped : problem}
    >
      <input
        type="datetime-local"
        max="2099-12-31T23:59"
        required={required}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </Field>
  );
}
