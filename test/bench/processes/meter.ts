import { rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';

/** What went to one server and came back since the process began. */
export interface Traffic {
  /** Writes after an answer came. Statements that are sent together share one. */
  trips: number;
  sent: number;
  received: number;
}

/**
 * Loaded into a service by `--import`, before its own code: watches its sockets to PostgreSQL and Redis. The bytes are those that
 * Node.js counts anyway, and a write takes one comparison more.
 */
const servers = { postgres: Number(process.env.DB_PORT), redis: Number(process.env.REDIS_PORT) };
type Server = keyof typeof servers;

const totals: Record<Server, Traffic> = {
  postgres: { trips: 0, sent: 0, received: 0 },
  redis: { trips: 0, sent: 0, received: 0 },
};
const open = new Map<Socket, Traffic>();

function watch(socket: Socket): void {
  const server = (Object.keys(servers) as Server[]).find((name) => servers[name] === socket.remotePort);
  if (!server) return;
  const total = totals[server];
  open.set(socket, total);
  let received = -1;
  const write = socket.write;
  socket.write = function (this: Socket, ...args: Parameters<Socket['write']>) {
    if (socket.bytesRead !== received) {
      received = socket.bytesRead;
      total.trips += 1;
    }
    return write.apply(this, args);
  } as Socket['write'];
  socket.once('close', () => {
    open.delete(socket);
    add(total, socket);
  });
}

function add(traffic: Traffic, socket: Socket): void {
  traffic.sent += socket.bytesWritten;
  traffic.received += socket.bytesRead;
}

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (this: Socket, ...args: Parameters<Socket['connect']>) {
  this.once('connect', () => watch(this));
  return connect.apply(this, args);
} as Socket['connect'];

function report(): Record<Server, Traffic> {
  const now = structuredClone(totals);
  for (const [socket, total] of open) add(total === totals.redis ? now.redis : now.postgres, socket);
  return now;
}

const path = join(String(process.env.BENCH_METERS), `${process.pid}.meter`);
const asked = createServer((socket) => socket.end(JSON.stringify(report())));
// A worker of a cluster would ask its primary to listen.
asked.listen({ path, exclusive: true }).unref();
process.on('exit', () => rmSync(path, { force: true }));
