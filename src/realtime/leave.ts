import { setTimeout as sleep } from 'node:timers/promises';
import type { RealtimeServer } from './types.ts';

/** Clients wait about a second before they connect again, give or take a half. */
const LEAVE_WITHIN_MS = 1_500;
const STEP_MS = 10;
/** At least so many leave in each step, so that a few sockets don't delay the end. */
const AT_ONCE = 10;

/**
 * Closes the connections of all sockets, a few at a time, so that the other instances don't meet all their clients at once. It closes the
 * connection and not the session: the client then looks for another instance at once. After an `io server disconnect` it would stay away.
 *
 * The clock says how many are due: closing 20,000 sockets takes time itself, and those left after 2 seconds are cut all at once
 * (graceful-close.ts).
 */
export async function leaveInTurn({ sockets: { sockets } }: RealtimeServer): Promise<void> {
  const leaving = [...sockets.values()];
  const begun = performance.now();
  for (let left = 0; left < leaving.length; ) {
    const due = (leaving.length * (performance.now() - begun)) / LEAVE_WITHIN_MS;
    const until = Math.max(left + AT_ONCE, Math.ceil(due));
    for (const socket of leaving.slice(left, until)) socket.conn.close();
    left = until;
    if (left < leaving.length) await sleep(STEP_MS);
  }
}
