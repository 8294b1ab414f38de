import { HttpConnection } from '../bench/http-connection.ts';

const PAUSE_MS = 50;
const LAST_ANSWER = /\r\nconnection: close/i;

/**
 * A client, or a balancer's pool, that sends one request after the other on a single connection. Resolves when an answer says
 * `connection: close`.
 *
 * @throws if a request fails or the connection ends without that word
 */
export async function sendUntilLetGo(port: number): Promise<void> {
  const request = Buffer.from('GET /api/v1/events?limit=1 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const connection = await HttpConnection.open(
    port,
    (own, status, body, head) => {
      if (status !== 200) reject(new Error(`a kept connection to port ${port} got ${status} ${body}`));
      else if (LAST_ANSWER.test(head.toString('latin1'))) resolve();
      else setTimeout(() => own.send(request), PAUSE_MS * (0.5 + Math.random()));
    },
    () => reject(new Error(`a kept connection to port ${port} ended without \`connection: close\``)),
  );
  connection.send(request);
  await promise.finally(() => connection.close());
}
