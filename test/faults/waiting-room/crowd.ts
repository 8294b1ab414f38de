import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ends } from '../../bench/ends.ts';
import { sign } from '../harness/http-client.ts';
import { Buyer, someHabits } from './buyer.ts';
import { Listener } from './buyer-socket.ts';
import { TOLD_WITHIN_MS } from './checks/check-answers.ts';
import { now } from './connections.ts';
import type { History } from './history.ts';
import { Room } from './room-client.ts';
import * as settings from './settings.ts';

interface Size {
  buyers: number;
  /** How many of them have a socket. */
  listeners: number;
  /** As the instances have it. */
  threshold: number;
  arriveWithinMs: number;
}

interface Crowd {
  history: History;
  room: Room;
  /** Every buyer has finished. */
  readonly isOver: boolean;
  /** Buyers who still wait ask once more where they stand, spread over this time, and all of them stop. */
  end(withinMs: number): Promise<void>;
}

/** Buyers arrive in the waiting room of an event, and everything they see is recorded. */
export function startCrowd(
  ends: Ends,
  { eventId, ports, secret }: { eventId: string; ports: number[]; secret: string },
  { buyers: count, listeners: listenerCount, threshold, arriveWithinMs }: Size,
): Crowd {
  const history: History = {
    settings: {
      threshold,
      ttlMs: settings.TTL_SECONDS * 1_000,
      reformMs: settings.REFORM_SECONDS * 1_000,
    },
    ...{ buyers: [], contacts: [], presences: [], heard: [], updates: [], faults: [] },
    endedAt: 0,
  };
  const room = new Room(eventId, ports);
  ends.add(() => room.close());
  const listeners: Listener[] = [];
  const stopListeners = () => {
    for (const listener of listeners) listener.stop();
  };
  ends.add(stopListeners);
  const buyers = Array.from({ length: count }, (_, user) => {
    const token = sign(secret, randomUUID(), 'user');
    const habits = someHabits(arriveWithinMs);
    history.buyers.push({ claims: habits.claims });
    const listens = user % Math.floor(count / listenerCount) === 0;
    const listener = listens
      ? new Listener(user, token, room, ports, history, listeners.length < 2 * ports.length)
      : undefined;
    if (listener) listeners.push(listener);
    return new Buyer(user, token, habits, room, history, listener);
  });

  let isOver = false;
  const lives = Promise.all(buyers.map((buyer) => buyer.live())).then(() => {
    isOver = true;
  });
  return {
    history,
    room,
    get isOver() {
      return isOver;
    },
    async end(withinMs) {
      for (const [index, buyer] of buyers.entries()) {
        if (index % 200 === 0) await sleep((withinMs * 200) / buyers.length);
        buyer.end();
      }
      await lives;
      history.endedAt = now();
      await sleep(TOLD_WITHIN_MS + 500);
      stopListeners();
    },
  };
}
