import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { tracing } from '../../tracing/tracing.ts';
import { refusalOf, resolvePublic } from './address.ts';
import { signedHeaders } from './secret.ts';

export interface SendSettings {
  privateAddresses: boolean;
  timeoutMs: number;
}

export interface Message {
  id: string;
  type: string;
  timestamp: string;
  data: object;
}

export interface Sent {
  /** Null without an answer. */
  response_status: number | null;
  response_body: string | null;
  /** Why there is no answer. */
  error: string | null;
  duration_ms: number;
}

/** What is kept of an answer. The rest isn't read. */
const BODY_BYTES = 1_024;

export function succeeded({ response_status }: Sent): boolean {
  return response_status !== null && response_status >= 200 && response_status < 300;
}

/**
 * Sends a message once, signed with each secret. It follows no redirect, and ends after the time limit however slowly bytes come.
 *
 * @returns how it went; it never rejects
 */
export function send(
  url: string,
  secrets: string[],
  message: Message,
  settings: SendSettings,
): Promise<Sent> {
  const attempt = (headers = {}) => sendWith(headers, url, secrets, message, settings);
  return tracing ? tracing.webhook(message.type, url, attempt) : attempt();
}

async function sendWith(
  headers: Record<string, string>,
  url: string,
  secrets: string[],
  message: Message,
  { privateAddresses, timeoutMs }: SendSettings,
): Promise<Sent> {
  const begun = performance.now();
  const answer = { response_status: null as number | null, response_body: null as string | null };
  let error: string | null = null;
  try {
    const refusal = refusalOf(url, privateAddresses);
    if (refusal) throw new Error(`the URL ${refusal}`);
    const { id, ...body } = message;
    const text = JSON.stringify(body);
    const signed = { ...headers, ...signedHeaders(secrets, id, text) };
    await post(url, signed, text, answer, { privateAddresses, timeoutMs });
  } catch (cause) {
    // Once the status is there, a body that breaks off says nothing more.
    if (answer.response_status === null) error = reasonOf(cause as Error, timeoutMs);
  }
  return { ...answer, error, duration_ms: Math.round(performance.now() - begun) };
}

function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  answer: Pick<Sent, 'response_status' | 'response_body'>,
  { privateAddresses, timeoutMs }: SendSettings,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const outgoing = request(url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Tiketi-Webhooks/1',
      },
      // A connection for each message: one that was kept could end while it is used, and that would be a failure.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(!privateAddresses && { lookup: resolvePublic }),
    });
    outgoing.on('error', reject);
    // Without a listener, Node would end the connection and say neither `response` nor `error`.
    outgoing.on('upgrade', ({ statusCode }, socket) => {
      answer.response_status = statusCode as number;
      socket.destroy();
      resolve();
    });
    outgoing.on('close', () => reject(new Error('the connection ended')));
    outgoing.on('response', (response) => {
      answer.response_status = response.statusCode as number;
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = () => {
        const text = Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8');
        answer.response_body = storable(text) || null;
        outgoing.destroy();
        resolve();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= BODY_BYTES) end();
      });
      response.on('end', end);
      response.on('error', end);
      response.on('close', end);
    });
    outgoing.end(body);
  });
}

function reasonOf(error: Error & { code?: string }, timeoutMs: number): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `no answer within ${timeoutMs / 1_000} seconds`;
  const reason = error.code ? `${error.code}: ${error.message}` : error.message || error.name;
  return storable(reason.slice(0, 300));
}

/** PostgreSQL takes no NUL, and no half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
