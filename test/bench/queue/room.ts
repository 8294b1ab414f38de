import { randomUUID } from 'node:crypto';
import * as contract from '../../../src/contract/routes.ts';
import { tokenOf } from '../people.ts';
import type { Service } from '../service.ts';

export interface Room {
  queueSize: number;
  currentUsers: number;
  threshold: number;
}

/** The path of an operation for one event. */
export function pathOf({ url }: { url: string }, eventId: string): string {
  return url.replace(':eventId', eventId);
}

/** Reads and clears waiting rooms as an administrator. */
export function administrator({ port }: Service, secret: string) {
  const headers = { authorization: `Bearer ${tokenOf(randomUUID(), secret, 'admin')}` };
  async function ask(route: { method: string; url: string }, eventId: string): Promise<unknown> {
    const url = `http://127.0.0.1:${port}${pathOf(route, eventId)}`;
    const answer = await fetch(url, { method: route.method, headers });
    if (!answer.ok) throw new Error(`${route.method} ${url}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }
  return {
    see: (eventId: string) => ask(contract.getQueueAdmin, eventId) as Promise<Room>,
    clear: (eventId: string) => ask(contract.clearQueue, eventId),
  };
}
