import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';

export interface Choice {
  /** The chosen seats, in the order of the choice. */
  seats: readonly WatchedSeat[];
  ids: ReadonlySet<string>;
  /** Chosen seats that others took meanwhile. */
  gone: readonly WatchedSeat[];
  /** @returns whether the limit allowed it */
  toggle(seat: WatchedSeat): boolean;
  add(seats: readonly WatchedSeat[]): void;
  clear(): void;
  forgetGone(): void;
}

/**
 * The seats that a buyer has chosen and not held yet. A seat that another buyer takes leaves the choice. The tab remembers it: a reload,
 * another language or a new sign-in doesn't cost a buyer their seats.
 *
 * @param isHolding while the buyer's own hold has no answer, seats that go may be theirs
 */
export function useChoice(
  eventId: string,
  seats: readonly WatchedSeat[],
  limit: number,
  isHolding: boolean,
): Choice {
  const key = `tiketi-choice:${eventId}`;
  const [chosen, setChosen] = useState(() => remembered(key, seats).slice(0, limit));
  const [gone, setGone] = useState<readonly WatchedSeat[]>([]);
  // Before the next paint: a reload may follow a click at once.
  useLayoutEffect(() => {
    if (chosen.length === 0) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, chosen.map(({ id }) => id).join());
  }, [key, chosen]);
  useLayoutEffect(() => {
    if (isHolding) return;
    const lost = chosen.filter((seat) => now(seats, seat)?.status !== 'available');
    if (lost.length === 0) return;
    setChosen(chosen.filter((seat) => !lost.includes(seat)));
    setGone([...gone, ...lost]);
  }, [seats, isHolding]);
  const ids = useMemo(() => new Set(chosen.map(({ id }) => id)), [chosen]);
  const add = (more: readonly WatchedSeat[]) => {
    setChosen([...chosen, ...more.filter(({ id }) => !ids.has(id))].slice(0, limit));
    setGone([]);
  };
  return {
    seats: chosen,
    ids,
    gone,
    toggle(seat) {
      if (ids.has(seat.id)) setChosen(chosen.filter(({ id }) => id !== seat.id));
      else if (chosen.length >= limit) return false;
      else add([seat]);
      return true;
    },
    add,
    clear() {
      setChosen([]);
      setGone([]);
    },
    forgetGone: () => setGone([]),
  };
}

function remembered(key: string, seats: readonly WatchedSeat[]): readonly WatchedSeat[] {
  const ids = new Set(sessionStorage.getItem(key)?.split(','));
  return ids.size === 0 ? [] : seats.filter(({ id, status }) => ids.has(id) && status === 'available');
}

/** The seat as it is now. After a change of the hall it may have another index. */
function now(seats: readonly WatchedSeat[], { id, index }: WatchedSeat): WatchedSeat | undefined {
  const seat = seats[index];
  return seat?.id === id ? seat : seats.find((each) => each.id === id);
}
