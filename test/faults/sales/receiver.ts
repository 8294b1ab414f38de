import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { ReservationMessage } from '../../../src/contract/schemas.ts';
import type { Delivery } from './evidence.ts';

/** One message of this many is refused at first, so that its reservation waits for it. */
const REFUSED = 50;
/** Says that the message is at fault. A 5xx would slow down the whole address. */
const NOT_THIS_ONE = 422;

export interface Receiver {
  url: string;
  deliveries: Delivery[];
  /** Verifies with this secret from now on. */
  trust(secret: string): void;
  stop(): void;
}

/** Another system: it records each message that it receives, and what it answers. */
export async function startReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const seen = new Set<string>();
  let webhook: Webhook | undefined;

  const isSigned = (body: string, headers: Record<string, string>) => {
    try {
      webhook?.verify(body, headers);
      return webhook !== undefined;
    } catch {
      return false;
    }
  };
  const server = createServer(async (request, response) => {
    const at = Date.now();
    let body = '';
    try {
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
    } catch {
      // The instance was killed with half of the message on its way.
      return;
    }
    const id = String(request.headers['webhook-id']);
    const { type, data } = JSON.parse(body) as ReservationMessage;
    const first = !seen.has(id);
    seen.add(id);
    const status = first && seen.size % REFUSED === 0 ? NOT_THIS_ONE : 200;
    const { reservation, refund } = data;
    deliveries.push({
      ...{ id, type, at, status, body },
      reservationId: reservation.id,
      ...(refund && { refundId: refund.id }),
      signed: isSigned(body, request.headers as Record<string, string>),
    });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    deliveries,
    trust(secret) {
      webhook = new Webhook(secret);
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
