import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface Call {
  port: number;
  path: string;
  token: string;
  key: string;
  body?: object | undefined;
  /** Hangs up after this many ms, before or after the request is sent. */
  hangUpAfter?: number | undefined;
}

/** `null`: the connection broke, or no answer came in time. */
export type Answer = { status: number; text: string } | null;

const TIMEOUT_MS = 15_000;
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

export const closeConnections = () => agent.destroy();

/** Sends one POST as a client does. It never throws, whatever happens to the connection. */
export function post({ port, path, token, key, body, hangUpAfter }: Call): Promise<Answer> {
  return new Promise((resolve) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const sending = request({
      agent,
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
      },
    });
    const end = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => sending.destroy(), hangUpAfter ?? TIMEOUT_MS);
    sending.on('error', () => end(null));
    sending.on('close', () => end(null));
    sending.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => end(null));
      response.on('end', () => {
        if (!response.complete) return end(null);
        end({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    // Some clients hang up with half of the body on its way.
    if (hangUpAfter !== undefined && hangUpAfter < 2 && text) sending.write(text.slice(0, text.length / 2));
    else sending.end(text);
  });
}

export function sign(secret: string, userId: string, role: 'user' | 'service' | 'admin'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { userId, role, exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
