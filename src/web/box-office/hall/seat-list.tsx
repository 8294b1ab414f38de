import { useRef, useState } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';
import type { Block, Row } from '../../hall/blocks.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { attributesText, placeText } from './seat-texts.ts';

const t = texts({
  ko: {
    section: (section: string, free: number) =>
      `${section} 구역: ${free === 0 ? '매진' : `${count(free)}석 남음`}`,
    row: (row: number, free: number) => `${row}열: ${free === 0 ? '매진' : `${free}석 남음`}`,
    seat: (seat: number) => `${seat}번`,
    gone: '방금 나갔어요',
  },
  en: {
    section: (section, free) => `Section ${section}: ${free === 0 ? 'sold out' : `${count(free)} free`}`,
    row: (row, free) => `Row ${row}: ${free === 0 ? 'sold out' : `${free} free`}`,
    seat: (seat) => `Seat ${seat}`,
    gone: 'just taken',
  },
});

interface SeatListProps {
  seats: readonly WatchedSeat[];
  blocks: readonly Block[];
  chosen: ReadonlySet<string>;
  onSeat(seat: WatchedSeat): void;
}

/** The hall as text: sections, their rows, and the free seats of a row. Only what is open is on the page. */
export function SeatList({ seats, blocks, ...rest }: SeatListProps) {
  return (
    <ul class="seat-list">
      {blocks.map((block) => {
        const free = freeOf(seats, block.seats);
        return (
          <li key={`${block.section} ${block.isGiven}`}>
            <Opening
              summary={
                <>
                  <strong>{t.value.section(block.section, free.length)}</strong>
                  <span class="soft number">
                    {pricesText(free.length > 0 ? free : [seats[block.seats[0] ?? 0]])}
                  </span>
                </>
              }
            >
              {() => (
                <ul>
                  {block.rows.map((row) => (
                    <li key={row.number}>
                      <SeatRow seats={seats} row={row} {...rest} />
                    </li>
                  ))}
                </ul>
              )}
            </Opening>
          </li>
        );
      })}
    </ul>
  );
}

function SeatRow({ seats, row, chosen, onSeat }: Omit<SeatListProps, 'blocks'> & { row: Row }) {
  const free = freeOf(seats, row.seats);
  return (
    <Opening
      disabled={free.length === 0}
      summary={
        <span class="number">
          {t.value.row(row.number, free.length)}
          {free.length > 0 && `, ${pricesText(free)}`}
        </span>
      }
    >
      {() => (
        <RowSeats all={row.seats.map((seat) => seats[seat] as WatchedSeat)} chosen={chosen} onSeat={onSeat} />
      )}
    </Opening>
  );
}

interface RowSeatsProps {
  all: readonly WatchedSeat[];
  chosen: ReadonlySet<string>;
  onSeat(seat: WatchedSeat): void;
}

function RowSeats({ all, chosen, onSeat }: RowSeatsProps) {
  // A seat that goes while its row is open stays in the list, so that the keyboard focus keeps its place.
  const seen = useRef(new Set<string>());
  for (const { id, status } of all) if (status === 'available') seen.current.add(id);
  return (
    <ul class="seat-list-seats">
      {all
        .filter(({ id }) => seen.current.has(id))
        .map((seat) => (
          <li key={seat.id}>
            <label title={placeText(seat)}>
              <input
                type="checkbox"
                checked={chosen.has(seat.id)}
                disabled={seat.status !== 'available'}
                onChange={(event) => {
                  onSeat(seat);
                  // A choice over the limit is refused.
                  event.currentTarget.checked = chosen.has(seat.id);
                }}
              />
              <span class="number">
                {t.value.seat(seat.seat_number)}
                {seat.attributes && ` (${attributesText(seat)})`}
                {seat.status !== 'available' && ` (${t.value.gone})`}
              </span>
            </label>
          </li>
        ))}
    </ul>
  );
}

interface OpeningProps {
  summary: preact.ComponentChildren;
  disabled?: boolean;
  children(): preact.ComponentChildren;
}

/** What opens and closes. What is closed costs nothing. */
function Opening({ summary, disabled = false, children }: OpeningProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="seat-list-opening"
        aria-expanded={isOpen}
        // It stays in the order of the keys: a row that is sold out meanwhile may be the one with the focus.
        aria-disabled={disabled}
        onClick={() => {
          if (!disabled || isOpen) setIsOpen(!isOpen);
        }}
      >
        {summary}
      </button>
      {isOpen && children()}
    </>
  );
}

function freeOf(seats: readonly WatchedSeat[], indexes: readonly number[]): WatchedSeat[] {
  const free: WatchedSeat[] = [];
  for (const index of indexes) {
    const seat = seats[index];
    if (seat?.status === 'available') free.push(seat);
  }
  return free;
}

function pricesText(seats: readonly (WatchedSeat | undefined)[]): string {
  let [least, most] = [Infinity, -Infinity];
  for (const seat of seats) {
    if (!seat) continue;
    least = Math.min(least, seat.price);
    most = Math.max(most, seat.price);
  }
  if (least > most) return '';
  return least === most ? won(least) : `${won(least)}–${won(most)}`;
}
