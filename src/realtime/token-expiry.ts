import fp from 'fastify-plugin';
import { catalogue } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import type { UserSocket } from './types.ts';

const WARNED_BEFORE_MS = 60_000;
const CHECKED_EVERY_MS = 1_000;

/**
 * Ends sockets with their tokens, and lets clients hand in new ones before. One timer checks all sockets: 10,000 of them take less than
 * a millisecond.
 */
export default fp(
  async (app) => {
    const { io } = app;

    app.handleClientEvents({
      authenticate: (socket, { token }) => {
        const user = app.verifyToken(token);
        if (user.userId !== socket.data.user.userId) throw new Problem('FORBIDDEN');
        Object.assign(socket.data, { user, expiresAt: app.tokenExpiry(token), isWarned: false });
        check(socket);
      },
    });

    io.on('connection', check);
    const checking = setInterval(() => {
      for (const socket of io.sockets.sockets.values()) check(socket);
    }, CHECKED_EVERY_MS);
    app.addHook('preClose', (done) => {
      clearInterval(checking);
      done();
    });
  },
  { name: 'token-expiry', dependencies: ['auth', 'client-events', 'realtime'] },
);

function check(socket: UserSocket): void {
  const { expiresAt = Number.POSITIVE_INFINITY, isWarned } = socket.data;
  const leftMs = expiresAt - Date.now();
  // The next check comes a second later.
  if (leftMs > WARNED_BEFORE_MS + CHECKED_EVERY_MS) return;
  if (leftMs <= 0) {
    end(socket);
    return;
  }
  if (isWarned) return;
  socket.data.isWarned = true;
  socket.emit('token-expiring', {
    expiresAt: new Date(expiresAt).toISOString(),
    secondsLeft: Math.floor(leftMs / 1_000),
  });
}

/**
 * Ends the connection and not the session: the client connects again by itself. With a new token it goes on, and with the old one it
 * gets the refusal that existing clients know. After an `io server disconnect` it would stay away.
 */
function end(socket: UserSocket): void {
  const code = 'TOKEN_EXPIRED';
  socket.emit('error', {
    code,
    error: catalogue[code][socket.data.language],
    message: 'authentication expired',
  });
  socket.conn.close();
}
