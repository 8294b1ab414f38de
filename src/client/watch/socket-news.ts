import { TiketiError } from '../error.ts';
import type { TiketiSocket } from '../socket/socket-types.ts';
import { pause } from './pause.ts';
import type { News, NewsListener } from './types.ts';

/** Refusals that may soon end. */
const RETRYABLE: readonly string[] = [
  'NETWORK_ERROR',
  'TOO_MANY_REQUESTS',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
];

interface SocketNewsOptions extends NewsListener {
  socket: TiketiSocket;
  eventId: string;
}

/** How many watches follow an event over a socket. The last one leaves the seat selection. */
const watches = new WeakMap<TiketiSocket, Map<string, number>>();

/** Follows an event over a socket. Resolves at the signal, when the service refuses the socket, and when the page closes it. */
export async function followSocket({
  socket,
  eventId,
  receive,
  onError,
  signal,
}: SocketNewsOptions): Promise<void> {
  const following = new AbortController();
  const end = () => following.abort();
  const hear = (news: News & { eventId: string }) => {
    if (news.eventId === eventId) receive(news);
  };
  const join = async () => {
    for (let attempt = 1; !following.signal.aborted; attempt++) {
      try {
        return await socket.joinSeatSelection(eventId, { batch: true });
      } catch (error) {
        if (following.signal.aborted || !(error instanceof TiketiError)) return end();
        onError(error);
        if (!RETRYABLE.includes(error.code)) return end();
        await pause(attempt, error.retryAfter, following.signal);
      }
    }
  };

  signal.addEventListener('abort', end);
  const listeners = [
    socket.on('seats-changed', hear),
    socket.on('seats-reset', (news) => hear({ ...news, type: 'reset' })),
    // Names the version at which the room was joined, also after a reconnect.
    socket.on('seats-joined', hear),
    // A continued connection joins no room by itself. Joining again names the version, to compare.
    socket.on('connect', ({ recovered }) => {
      if (recovered) void join();
    }),
    socket.on('rejoined', ({ eventIds }) => {
      if (!eventIds.includes(eventId)) end();
    }),
    socket.on('connect_error', (error) => {
      if (error.isNetworkError) return;
      onError(error);
      end();
    }),
    socket.on('disconnect', ({ reason }) => {
      if (reason === 'io client disconnect') end();
    }),
  ];
  const leave = begin(socket, eventId);
  void join();
  await new Promise((resolve) => following.signal.addEventListener('abort', resolve));
  signal.removeEventListener('abort', end);
  for (const remove of listeners) remove();
  leave();
}

/** @returns a function that leaves the seat selection if no other watch needs it */
function begin(socket: TiketiSocket, eventId: string): () => void {
  const counts = watches.get(socket) ?? new Map<string, number>();
  watches.set(socket, counts.set(eventId, (counts.get(eventId) ?? 0) + 1));
  return () => {
    const left = (counts.get(eventId) ?? 1) - 1;
    counts.set(eventId, left);
    // A socket that is not connected just forgets the room.
    if (left === 0) void socket.leaveSeatSelection(eventId).catch(() => undefined);
  };
}
