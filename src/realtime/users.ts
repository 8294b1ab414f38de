import type { RealtimeServer, UserSocket } from './types.ts';

const NONE: readonly UserSocket[] = [];

/** The open sockets of each user on this instance. A Socket.IO room a user would cost each socket 300 bytes more. */
export class SocketsOfUsers {
  readonly #byUser = new Map<string, UserSocket[]>();

  constructor(io: RealtimeServer) {
    io.on('connection', (socket) => {
      const { userId } = socket.data.user;
      const others = this.#byUser.get(userId);
      if (others) others.push(socket);
      else this.#byUser.set(userId, [socket]);
    });
    // A socket is in the room of its own id until it disconnects. A listener on each socket would cost memory.
    io.sockets.adapter.on('leave-room', (room: string, id: string) => {
      const socket = room === id && io.sockets.sockets.get(id);
      if (socket) this.#remove(socket);
    });
  }

  of(userId: string): readonly UserSocket[] {
    return this.#byUser.get(userId) ?? NONE;
  }

  #remove(socket: UserSocket): void {
    const { userId } = socket.data.user;
    const others = this.of(userId).filter((each) => each !== socket);
    if (others.length > 0) this.#byUser.set(userId, others);
    else this.#byUser.delete(userId);
  }
}
