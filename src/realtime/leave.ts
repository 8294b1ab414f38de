import { setTimeout as sleep } from 'node:timers/promises';
import type { RealtimeServer } from './types.ts';

/** Clients wait about a second before they connect again, give or take a half. */
const LEAVE_WITHIN_MS = 1_500;
const STEP_MS = 10;
/** In each step at least: a few sockets delay no end. */
const AT_ONCE = 10;

/**
 * Closes the connections of all sockets, a few at a time, so that the other instances don't meet all their clients at once. It closes the
 * connection and not the session: the client then looks for another instance at once. After an `io server disconnect` it would stay away.
 */
export async function leaveInTurn({ sockets: { sockets } }: RealtimeServer): Promise<void> {
  const leaving = [...sockets.values()];
  const atOnce = Math.max(AT_ONCE, Math.ceil((leaving.length * STEP_MS) / LEAVE_WITHIN_MS));
  while (leaving.length > 0) {
    for (const socket of leaving.splice(0, atOnce)) socket.conn.close();
    if (leaving.length > 0) await sleep(STEP_MS);
  }
}
