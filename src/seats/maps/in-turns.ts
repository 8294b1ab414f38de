import { setImmediate as nextTurn } from 'node:timers/promises';

/** So long a piece of work may keep the event loop at a time. */
const TURN_MS = 2;

/** Says when a turn of work is over. */
export type IsOver = () => boolean;

/**
 * Works at once if a turn is enough, and otherwise in several, between which the event loop goes on.
 *
 * @param work does some of it. Returns whether all is done
 */
export function inTurns(work: (isOver: IsOver) => boolean): void | Promise<void> {
  if (work(endOfTurn())) return;
  return goOn(work);
}

async function goOn(work: (isOver: IsOver) => boolean): Promise<void> {
  do await nextTurn();
  while (!work(endOfTurn()));
}

function endOfTurn(): IsOver {
  const end = performance.now() + TURN_MS;
  return () => performance.now() > end;
}
