import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as contract from '../../src/contract/routes.ts';
import { HttpConnection } from './http-connection.ts';
import { tokenOf } from './people.ts';

/** As many as a reservation may have. */
const SEATS_TOGETHER = 4;
const BUYERS = 16;

export interface Changer {
  /** Ends once every seat is free again. @returns the unexpected answers */
  stop(): Promise<string[]>;
}

/** Holds and cancels seats of an event at a steady pace, over the service's own routes. */
export async function startChanging(
  { port }: { port: number },
  { eventId, seatIds }: { eventId: string; seatIds: string[] },
  secret: string,
  seatsPerSecond: number,
): Promise<Changer> {
  const unexpected: string[] = [];
  let stopping = false;
  const every = (BUYERS * SEATS_TOGETHER * 2 * 1_000) / seatsPerSecond;
  const own = Math.floor(seatIds.length / BUYERS);

  async function buyer(index: number): Promise<void> {
    const token = tokenOf(randomUUID(), secret);
    const ask = await connectionTo(port, token);
    const mine = seatIds.slice(index * own, (index + 1) * own);
    const start = performance.now() + (every * index) / BUYERS;
    for (let turn = 0; !stopping; turn++) {
      await sleep(Math.max(0, start + turn * every - performance.now()));
      const first = (turn * SEATS_TOGETHER) % (mine.length - SEATS_TOGETHER);
      const wanted = mine.slice(first, first + SEATS_TOGETHER);
      const held = await ask(contract.reserveSeats.url, { eventId, seatIds: wanted });
      if (held.status !== 201) unexpected.push(`${held.status} to a hold: ${held.body.slice(0, 200)}`);
      const { reservation } = JSON.parse(held.body) as { reservation?: { id: string } };
      if (!reservation) continue;
      const freed = await ask(contract.cancelReservation.url.replace(':id', reservation.id));
      if (freed.status !== 200) unexpected.push(`${freed.status} to a cancel: ${freed.body.slice(0, 200)}`);
    }
    ask.close();
  }

  const buyers = Promise.all(Array.from({ length: BUYERS }, (_, index) => buyer(index)));
  return {
    async stop() {
      stopping = true;
      await buyers;
      return [...new Set(unexpected)].slice(0, 5);
    },
  };
}

interface Answer {
  status: number;
  body: string;
}

async function connectionTo(port: number, token: string) {
  let settle: (answer: Answer) => void = () => undefined;
  const connection = await HttpConnection.open(
    port,
    (_, status, body) => settle({ status, body }),
    () => settle({ status: 0, body: '{}' }),
  );
  const ask = (path: string, body?: object): Promise<Answer> => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const type = body === undefined ? '' : 'content-type: application/json\r\n';
    const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\nidempotency-key: ${randomUUID()}`;
    return new Promise((resolve) => {
      settle = resolve;
      connection.send(Buffer.from(`${head}\r\n${type}content-length: ${text.length}\r\n\r\n${text}`));
    });
  };
  return Object.assign(ask, { close: () => connection.close() });
}
