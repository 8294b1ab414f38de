import { setImmediate as nextTurn } from 'node:timers/promises';

/** So long a piece of work may keep the event loop at a time. */
const TURN_MS = 2;

/** Works on one item after another. When that takes longer than a turn, the event loop goes on in between. */
export async function inTurns<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let end = performance.now() + TURN_MS;
  for (const item of items) {
    work(item);
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + TURN_MS;
  }
}
