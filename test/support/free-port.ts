import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to connections and to `listen(0)`: from 32768 on Linux, and from 49152 elsewhere. Above 10080, the last
 * of those that `fetch` and browsers refuse.
 */
const PORTS = { first: 10_081, end: 32_768 };

/**
 * A free port, which the system gives to nobody else while the server that uses it is down. Linux gives only 7,000 ports to `listen(0)`,
 * and a run starts several hundred instances that ask for one.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * (PORTS.end - PORTS.first));
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
