import { useCallback, useMemo } from 'preact/hooks';
import { HallMap } from '../../hall/hall-map.tsx';
import { classColor, classOf, type Look, markOf, priceClasses, TAKEN_COLOR } from '../../hall/look.ts';
import { theme } from '../../hall/theme.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { countStates, type EditorSeat, type SeatState, STATES } from './editor-seat.ts';
import type { Selection } from './selection.ts';

const t = texts({
  ko: {
    map: '이벤트 좌석',
    free: '판매 가능',
    held: '결제 대기',
    sold: '판매됨',
    blocked: '판매 보류',
    selected: '선택됨',
    left: (seats: string) => `${seats}석 가능`,
    attributes: { accessible: '휠체어석', companion: '동반석', restricted_view: '시야 제한석' },
    reason: (reason: string) => `보류 사유: ${reason}`,
  },
  en: {
    map: 'Seats of the event',
    free: 'Free',
    held: 'Held',
    sold: 'Sold',
    blocked: 'Blocked',
    selected: 'Selected',
    left: (seats) => `${seats} free`,
    attributes: { accessible: 'wheelchair', companion: 'companion', restricted_view: 'restricted view' },
    reason: (reason) => `Blocked: ${reason}`,
  },
});

const SHAPES: Record<SeatState, Look['shape']> = {
  free: 'full',
  held: 'hollow',
  sold: 'small',
  blocked: 'crossed',
};

interface SeatsMapProps {
  seats: readonly EditorSeat[];
  selection: Selection;
  show: readonly EditorSeat[] | undefined;
  onSelect(seats: readonly EditorSeat[]): void;
}

/** The hall with the state of each seat, to choose seats by dragging and pressing. */
export function SeatsMap({ seats, selection, show, onSelect }: SeatsMapProps) {
  const classes = useMemo(() => priceClasses(seats), [seats]);
  const color = theme.value;
  const look = useMemo(() => {
    const looks = new Map<string, Look>();
    return (seat: EditorSeat): Look => {
      const at = classOf(classes, seat.price);
      const shape = selection.has(seat.id) ? 'chosen' : SHAPES[seat.state];
      const { mark } = markOf(seat);
      const key = `${at} ${shape} ${mark}`;
      const known = looks.get(key);
      if (known) return known;
      const isTaken = seat.state === 'sold' && shape !== 'chosen';
      const made: Look = {
        color: isTaken ? TAKEN_COLOR[color] : classColor(at, color),
        shape,
        ...(mark && { mark }),
      };
      looks.set(key, made);
      return made;
    };
  }, [classes, color, selection]);
  const free = useCallback((seats: number) => t.value.left(count(seats)), []);
  const describe = (seat: EditorSeat) =>
    [
      seat.label,
      won(seat.price),
      t.value[seat.state],
      ...(seat.attributes ?? []).map((each) => t.value.attributes[each]),
      seat.block && t.value.reason(seat.block.reason),
      selection.has(seat.id) && t.value.selected,
    ]
      .filter(Boolean)
      .join(', ');
  const counts = useMemo(() => countStates(seats), [seats]);
  return (
    <>
      <HallMap
        seats={seats}
        look={look}
        label={t.value.map}
        describe={describe}
        free={free}
        show={show}
        onSeat={(seat) => onSelect([seat])}
        onArea={onSelect}
      />
      <ul class="row price-legend">
        {STATES.map((state) => (
          <li key={state} class="row">
            <span class="state-swatch" data-state={state} />
            {t.value[state]} <span class="soft number">{count(counts[state])}</span>
          </li>
        ))}
        {classes.map(({ from, to }, at) => (
          <li key={from} class="row">
            <span class="swatch" style={{ background: classColor(at, color) }} />
            {from === to ? won(from) : `${won(from)} – ${won(to)}`}
          </li>
        ))}
      </ul>
    </>
  );
}
