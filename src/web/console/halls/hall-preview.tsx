import { useCallback, useMemo } from 'preact/hooks';
import { HallMap } from '../../hall/hall-map.tsx';
import type { HallSeat } from '../../hall/hall-seat.ts';
import { classColor, classOf, type Look, markOf, priceClasses } from '../../hall/look.ts';
import { theme } from '../../hall/theme.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';

const t = texts({
  ko: {
    map: '좌석 배치도 미리보기',
    seat: (section: string, row: number, number: number, price: string) =>
      `${section} ${row}열 ${number}번, ${price}`,
    seats: (seats: string) => `${seats}석`,
    empty: '구역을 적으면 배치도가 그려져요.',
  },
  en: {
    map: 'Preview of the hall',
    seat: (section, row, number, price) => `${section}, row ${row}, seat ${number}, ${price}`,
    seats: (seats) => `${seats} seats`,
    empty: 'The hall appears here as you describe its sections.',
  },
});

/** A picture of a hall that has no event, in the colors of its prices. */
export function HallPreview({ seats }: { seats: readonly HallSeat[] }) {
  const classes = useMemo(() => priceClasses(seats), [seats]);
  const color = theme.value;
  const look = useMemo(() => {
    const looks = new Map<string, Look>();
    return (seat: HallSeat): Look => {
      const at = classOf(classes, seat.price);
      const { mark } = markOf(seat);
      const key = `${at} ${mark}`;
      const known = looks.get(key);
      if (known) return known;
      const made: Look = { color: classColor(at, color), shape: 'full', ...(mark && { mark }) };
      looks.set(key, made);
      return made;
    };
  }, [classes, color]);
  const describe = useCallback(
    ({ section, row_number, seat_number, price }: HallSeat) =>
      t.value.seat(section, row_number, seat_number, won(price)),
    [],
  );
  const free = useCallback((seats: number) => t.value.seats(count(seats)), []);
  return (
    <div class="stack hall-preview">
      {seats.length > 0 ? (
        <HallMap seats={seats} look={look} label={t.value.map} describe={describe} free={free} />
      ) : (
        <p class="no-poster soft">{t.value.empty}</p>
      )}
      <ul class="row price-legend">
        {classes.map(({ from, to }, at) => (
          <li key={from} class="row">
            <span class="swatch" style={{ background: classColor(at, color) }} />
            {from === to ? won(from) : `${won(from)} – ${won(to)}`}
            <span class="soft number">
              {t.value.seats(count(seats.filter(({ price }) => price >= from && price <= to).length))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
