import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A key for signatures, as Standard Webhooks writes it. */
export function newSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/** The headers of Standard Webhooks 1.0.0. Each secret adds a signature. */
export function signedHeaders(secrets: string[], id: string, body: string, now = Date.now()) {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
