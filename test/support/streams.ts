import { once } from 'node:events';
import { Agent, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { LiveChanges, LiveEventUpdate, LiveReset, LiveVersion } from '../../src/contract/socket.ts';

export type Message = LiveVersion | LiveChanges | LiveReset;

/** A client of a live stream that notes what it is told. */
export interface StreamClient {
  readonly messages: Message[];
  /** What it is told of the event itself. */
  readonly updates: LiveEventUpdate[];
  /** Resolves when the connection has ended: with the close code of a WebSocket, otherwise with 0. */
  readonly ended: Promise<number>;
  close(): void;
}

export interface EventStreamClient extends StreamClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Everything as it arrived. */
  readonly text: string;
  /** The `id` of the latest event. */
  readonly lastEventId: string | undefined;
}

/** Opens a stream of Server-Sent Events. Its messages come with the `event` and the `id` that their JSON names, or it throws. */
export async function openEventStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStreamClient> {
  const request = get(url, { headers, agent: new Agent({ keepAlive: true }) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const messages: Message[] = [];
  const updates: LiveEventUpdate[] = [];
  let text = '';
  let unfinished = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    // Not searched for in `text`, which is long and would be copied for each chunk.
    const blocks = (unfinished + chunk).split('\n\n');
    unfinished = blocks.pop() ?? '';
    for (const message of blocks.map(messageOf)) {
      if (message?.type === 'event-updated') updates.push(message);
      else if (message) messages.push(message);
    }
  });
  response.on('error', () => undefined);
  return {
    messages,
    updates,
    status: response.statusCode ?? 0,
    headers: response.headers,
    get text() {
      return text;
    },
    get lastEventId() {
      return messages.at(-1)?.version.toString();
    },
    ended: new Promise((resolve) => response.once('close', () => resolve(0))),
    close: () => request.destroy(),
  };
}

function messageOf(block: string): Message | LiveEventUpdate | undefined {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/) as [string, string]));
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const message = JSON.parse(data) as Message | LiveEventUpdate;
  const id = message.type === 'event-updated' ? undefined : String(message.version);
  if (fields.get('event') !== message.type || fields.get('id') !== id)
    throw new Error(`the fields differ from the JSON:\n${block}`);
  return message;
}

/** Opens a plain WebSocket, and rejects if it is refused. */
export async function openWebSocket(url: string): Promise<StreamClient & { socket: WebSocket }> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  const messages: Message[] = [];
  const updates: LiveEventUpdate[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message | LiveEventUpdate;
    if (message.type === 'event-updated') updates.push(message);
    else messages.push(message);
  });
  const ended = new Promise<number>((resolve) =>
    socket.addEventListener('close', ({ code }) => resolve(code)),
  );
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the WebSocket was refused')));
  });
  return { socket, messages, updates, ended, close: () => socket.close() };
}

/** Asks for an upgrade to a WebSocket, and returns the status and the headers of the answer. */
export async function upgradeAnswer(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  const request = get(url, {
    agent: false,
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    },
  });
  const [response] = (await Promise.race([once(request, 'response'), once(request, 'upgrade')])) as [
    IncomingMessage,
  ];
  request.destroy();
  return { status: response.statusCode ?? 0, headers: response.headers };
}
