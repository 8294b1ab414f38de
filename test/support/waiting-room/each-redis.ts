import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { createMockRedis } from '../../../src/embedded/redis/mock-redis.ts';
import { startTestRedis, type TestRedis } from '../redis/redis.ts';
import { openWaitingRoom, type WaitingRoom, type WaitingRoomOptions } from './room-harness.ts';

export interface Backend {
  isReal: boolean;
  /** How many people are many there: the imitation is a hundred times slower. */
  crowd: number;
  /** @param second over the connection of another instance */
  open(options?: WaitingRoomOptions, second?: boolean): WaitingRoom;
  /** Of the first instance, and of the second one. */
  clients(): [Redis, Redis];
}

export const people = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

/** The same promises on a real Redis and on the one inside the process. */
export function onEachRedis(title: string, promises: (backend: Backend) => void): void {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterAll(() => server.close());

  describe.each<[string, boolean, number, () => Redis]>([
    ['a real Redis', true, 1_100, () => server.client.duplicate()],
    ['the Redis inside the process', false, 60, createMockRedis],
  ])(`${title} on %s`, (_name, isReal, crowd, connect) => {
    let clients: [Redis, Redis];
    beforeAll(() => {
      clients = [connect(), connect()];
    });
    afterAll(() => {
      for (const redis of clients) redis.disconnect();
    });
    promises({
      isReal,
      crowd,
      open: (options, second = false) => openWaitingRoom(clients[second ? 1 : 0], options),
      clients: () => clients,
    });
  });
}
