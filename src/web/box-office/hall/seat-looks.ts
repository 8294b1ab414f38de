import type { WatchedSeat } from '../../../client/index.ts';
import {
  classColor,
  classOf,
  type Look,
  markOf,
  type PriceClass,
  TAKEN_COLOR,
  type Theme,
} from '../../hall/look.ts';

/** How a buyer sees seats: free ones in the color of their price, held ones as frames, sold ones small and gray, their own with a check. */
export function seatLooks(
  classes: readonly PriceClass[],
  theme: Theme,
  chosen: ReadonlySet<string>,
): (seat: WatchedSeat) => Look {
  const known = new Map<string, Look>();
  return (seat) => {
    const price = classOf(classes, seat.price);
    const shape = chosen.has(seat.id) ? 'chosen' : SHAPES[seat.status];
    const { mark } = markOf(seat);
    const key = `${price} ${shape} ${mark}`;
    const look = known.get(key) ?? {
      color: shape === 'small' ? TAKEN_COLOR[theme] : classColor(price, theme),
      shape,
      ...(mark && { mark }),
    };
    known.set(key, look);
    return look;
  };
}

const SHAPES = { available: 'full', locked: 'hollow', reserved: 'small' } as const;
