import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

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
  /** Delivers each answer so many ms late, in order, as a slow server does. 0 ends it. */
  delayAnswers(ms: number): void;
  close(): Promise<void>;
}

/** A TCP proxy in front of a shared server, so that a test can cut off one service alone. */
export async function startProxy(first: Address): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let target = first;
  let stalled = false;
  let delayMs = 0;
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
      const write = from === far ? inOrder((chunk) => to.write(chunk)) : (chunk: Buffer) => to.write(chunk);
      from.on('data', (chunk) => write(chunk, delayMs));
      if (stalled) from.pause();
    }
  });
  const port = await freePort();
  const listen = async () => void (await once(server.listen(port, '127.0.0.1'), 'listening'));
  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen();

  return {
    port,
    leadTo(next) {
      target = next;
    },
    cut,
    restore: listen,
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    delayAnswers(ms) {
      delayMs = ms;
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

/** Writes each chunk after its delay, and none before an earlier one. */
function inOrder(write: (chunk: Buffer) => unknown) {
  const late: { chunk: Buffer; due: number }[] = [];
  const writeDue = () => {
    while (late[0] && late[0].due <= performance.now()) write(late.shift()?.chunk as Buffer);
    if (late[0]) setTimeout(writeDue, Math.ceil(late[0].due - performance.now()));
  };
  return (chunk: Buffer, delayMs: number) => {
    if (delayMs === 0 && late.length === 0) return void write(chunk);
    late.push({ chunk, due: performance.now() + delayMs });
    if (late.length === 1) setTimeout(writeDue, delayMs);
  };
}
