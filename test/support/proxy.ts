import { connect, createServer, type Socket } from 'node:net';

export interface Address {
  host: string;
  port: number;
}

export interface TcpProxy {
  port: number;
  /** Leads new connections to another server. Open ones stay where they are, as after a failover that moves a name. */
  leadTo(target: Address): void;
  /** Breaks every connection and refuses new ones, as a stopped server does. */
  cut(): Promise<void>;
  /** Listens again on the same port. */
  restore(): Promise<void>;
  /** Keeps connections open and forwards no bytes, as a network that drops every packet. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
}

/** A TCP proxy in front of a shared server, so that a test can cut off one service alone. */
export async function startProxy(first: Address): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let target = first;
  let stalled = false;
  const server = createServer((near) => {
    const far = connect(target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (stalled) from.pause();
      from.on('data', (chunk) => to.write(chunk));
      if (stalled) from.pause();
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const { port } = address;

  return {
    port,
    leadTo(next) {
      target = next;
    },
    cut,
    restore: () => listen(port),
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
