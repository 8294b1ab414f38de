import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from '../../contract/answers.ts';
import type { Service } from '../../support/service.ts';

export interface Hostile {
  method: string;
  url: string;
  headers: Record<string, string>;
  payload?: string | Buffer | Buffer[];
}

/** Sends a request over the network. A list of chunks goes out without a length. Resolves with the answer, even to half a request. */
export function send(service: Service, { method, url, headers, payload }: Hostile): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.origin);
    const chunked = Array.isArray(payload);
    const length =
      payload === undefined || chunked ? {} : { 'content-length': String(Buffer.byteLength(payload)) };
    const outgoing = request({
      hostname,
      port,
      path: url,
      method,
      headers: { ...length, ...headers },
      agent: false,
    });
    let answered = false;
    outgoing.on('response', (response) => {
      answered = true;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        outgoing.destroy();
        resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, body });
      });
      response.on('error', reject);
    });
    // The service may close before it has read all of a body that it refused.
    outgoing.on('error', (error) => answered || reject(error));
    for (const chunk of chunked ? payload : payload === undefined ? [] : [payload]) outgoing.write(chunk);
    outgoing.end();
  });
}

/** Sends bytes as they are. An answer without a body is one to HEAD, or a 204. */
export function sendRaw(service: Service, bytes: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.origin).port), '127.0.0.1', () =>
      socket.write(bytes, 'latin1'),
    );
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(3_000, () => socket.destroy(new Error(`no answer: ${text}`)));
    socket.on('data', (chunk) => {
      text += chunk;
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const [status = '', ...lines] = head.split('\r\n');
      const headers: IncomingHttpHeaders = Object.fromEntries(
        lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.split(': ')[1]]),
      );
      const body = rest.join('\r\n\r\n');
      const hasBody = !bytes.startsWith('HEAD ') && !/ 204 /.test(status);
      const length = hasBody ? Number(headers['content-length'] ?? -1) : text.includes('\r\n\r\n') ? 0 : -1;
      if (Buffer.byteLength(body) !== length) return;
      socket.destroy();
      resolve({ statusCode: Number(status.split(' ')[1]), headers: headers as Answer['headers'], body });
    });
    socket.on('end', () => reject(new Error(`closed without an answer: ${text}`)));
    socket.on('error', reject);
  });
}
