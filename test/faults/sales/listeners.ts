import { randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';
import type { Acknowledgement, ServerEventPayloads } from '../../../src/contract/socket-types.ts';
import { sign } from '../harness/http-client.ts';
import type { News, Presence } from './evidence.ts';
import type { Stage } from './load.ts';

const ACKNOWLEDGED_WITHIN_MS = 5_000;

interface Listeners {
  news: News[];
  presences: Presence[];
  stop(): void;
}

/** One socket an instance, which reconnects by itself and records the seats that it hears of. */
export function startListeners({ ports, secret, events }: Stage): Listeners {
  const news: News[] = [];
  const presences: Presence[] = [];
  const stops = ports.map((port, instance) => {
    const socket = io(`http://127.0.0.1:${port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 500,
      auth: { token: sign(secret, randomUUID(), 'user') },
    });
    let joinedAt: number | undefined;
    const left = () => {
      if (joinedAt !== undefined) presences.push({ instance, from: joinedAt, to: Date.now() });
      joinedAt = undefined;
    };
    socket.on('connect', async () => {
      const joins = events.map(
        ({ id }): Promise<Acknowledgement | undefined> =>
          socket
            .timeout(ACKNOWLEDGED_WITHIN_MS)
            .emitWithAck('join-seat-selection', { eventId: id })
            .catch(() => undefined),
      );
      const answers = await Promise.all(joins);
      if (answers.every((answer) => answer?.ok) && socket.connected) joinedAt = Date.now();
      else socket.disconnect().connect();
    });
    socket.on('disconnect', left);
    socket.on('seat-locked', ({ seatId }: ServerEventPayloads['seat-locked']) => {
      news.push({ instance, seatId, at: Date.now() });
    });
    return () => {
      left();
      socket.disconnect();
    };
  });
  return {
    news,
    presences,
    stop() {
      for (const stop of stops) stop();
    },
  };
}
