import { useMemo, useState } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';
import { HallMap } from '../../hall/hall-map.tsx';
import {
  classColor,
  classOf,
  type Look,
  markOf,
  type PriceClass,
  priceClasses,
  TAKEN_COLOR,
} from '../../hall/look.ts';
import { theme } from '../../hall/theme.ts';
import type { EventDetail } from '../../shared/types.ts';
import { Loading } from '../../ui/loading.tsx';
import { useSeats } from './use-seats.ts';

export function HallStep({ event }: { event: EventDetail }) {
  const { seats } = useSeats(event.id);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const classes = useMemo(() => priceClasses(seats ?? []), [seats?.length]);
  const look = useMemo(() => looks(classes, theme.value, chosen), [classes, theme.value, chosen]);
  if (!seats) return <Loading />;
  return (
    <section class="stack">
      <h1>{event.title}</h1>
      <HallMap
        seats={seats}
        look={look}
        label="hall"
        describe={(s) => s.seat_label}
        onSeat={(s) => setChosen(new Set([...chosen, s.id]))}
      />
    </section>
  );
}
function looks(classes: readonly PriceClass[], th: 'light' | 'dark', chosen: ReadonlySet<string>) {
  const known = new Map<string, Look>();
  return (seat: WatchedSeat): Look => {
    const c = classOf(classes, seat.price);
    const shape = chosen.has(seat.id)
      ? 'chosen'
      : seat.status === 'available'
        ? 'full'
        : seat.status === 'locked'
          ? 'hollow'
          : 'small';
    const key = `${c}${shape}${seat.attributes ?? ''}`;
    const k =
      known.get(key) ??
      ({ color: shape === 'small' ? TAKEN_COLOR[th] : classColor(c, th), shape, ...markOf(seat) } as Look);
    known.set(key, k);
    return k;
  };
}
