import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, post, sign } from '../harness/http-client.ts';
import type { Cancellation } from './evidence.ts';
import type { Stage } from './load.ts';
import type { Receiver } from './receiver.ts';

const TYPES = ['held', 'confirmed', 'cancelled', 'expired', 'refund_due'].map(
  (what) => `reservation.${what}`,
);
const PATIENCE_MS = 20_000;

export interface Organizer {
  /** Has everything that happens to reservations sent to the receiver. */
  subscribe(receiver: Receiver): Promise<void>;
  /** Cancels the event on one instance. Resolves with its answer. */
  cancel(eventId: string, instance: number): Promise<Cancellation>;
}

/** An administrator, who repeats a request with the same key until it is answered. */
export function organizerOf({ ports, secret }: Stage): Organizer {
  const token = sign(secret, randomUUID(), 'admin');

  async function insist(path: string, body: object, instance: number): Promise<NonNullable<Answer>> {
    const key = randomUUID();
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await post({ port: ports[instance] as number, path, token, key, body });
      if (answer && answer.status < 300) return answer;
      if (Date.now() > deadline) throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
      await sleep(100);
    }
  }

  return {
    async subscribe({ url, trust }) {
      const { text } = await insist('/api/v1/admin/webhooks', { url, types: TYPES }, 0);
      trust((JSON.parse(text) as { secret: string }).secret);
    },
    async cancel(eventId, instance) {
      const sentAt = Date.now();
      await insist(`/api/v1/admin/events/${eventId}/cancel`, { reason: '시험' }, instance);
      return { eventId, sentAt, answeredAt: Date.now() };
    },
  };
}
