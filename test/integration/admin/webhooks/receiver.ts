import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
  type: string;
  data: Record<string, unknown>;
}

type Answer = number | { status: number; headers?: Record<string, string>; body?: string } | 'nothing';

/** An address that receives webhooks. It answers 200 unless the test says otherwise. */
export async function startReceiver(answer: (message: Received, count: number) => Answer = () => 200) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const message = {
      id: String(request.headers['webhook-id']),
      headers: request.headers,
      body,
      ...JSON.parse(body || '{}'),
    } as Received;
    received.push(message);
    const given = answer(message, received.length);
    if (given === 'nothing') return;
    const { status, headers = {}, body: text = '' } = typeof given === 'number' ? { status: given } : given;
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
