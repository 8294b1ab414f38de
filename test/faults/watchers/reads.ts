import { Agent, get } from 'node:http';

const TIMEOUT_MS = 5_000;
const agent = new Agent({ keepAlive: true, maxSockets: 24 });

export const closeReads = () => agent.destroy();

export interface ReadAnswer<Body> {
  status: number;
  body: Body;
  etag: string;
}

/**
 * One GET of an instance, as JSON.
 *
 * @throws Error without a whole answer
 */
export function read<Body>(port: number, path: string): Promise<ReadAnswer<Body>> {
  return new Promise((resolve, reject) => {
    const asked = get({ agent, host: '127.0.0.1', port, path, timeout: TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        try {
          const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
          resolve({ status: answer.statusCode ?? 0, body, etag: answer.headers.etag ?? '' });
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', reject);
  });
}
