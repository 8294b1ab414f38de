import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { everyHall } from '../halls/every-hall.ts';

const t = texts({
  ko: {
    none: '좌석 없이 티켓 종류로만 판매',
    seats: (name: string, seats: string) => `${name} (${seats}석)`,
  },
  en: {
    none: 'Without seats, by ticket type alone',
    seats: (name, seats) => `${name} (${seats} seats)`,
  },
});

interface HallSelectProps {
  id?: string;
  value: string;
  disabled: boolean;
  onChange(value: string): void;
}

export function HallSelect({ value, onChange, ...rest }: HallSelectProps) {
  const { value: halls } = useLoaded((signal) => everyHall(signal), []);
  return (
    <select {...rest} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">{t.value.none}</option>
      {halls === undefined && value !== '' && <option value={value}>…</option>}
      {halls?.map(({ id, name, description, total_seats }) => (
        <option key={id} value={id}>
          {t.value.seats(description || name, count(total_seats))}
        </option>
      ))}
    </select>
  );
}
