import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { createMockRedis } from '../../../src/embedded/redis/mock-redis.ts';
import { startTestRedis, type TestRedis } from '../redis/redis.ts';
import { openWaitingRoom, type WaitingRoom, type WaitingRoomOptions } from './room-harness.ts';

export interface Backend {
  isReal: boolean;
  /** The size of a crowd. The Redis inside the process is a hundred times slower. */
  crowd: number;
  /** @param second whether it uses the connection of the second instance */
  open(options?: WaitingRoomOptions, second?: boolean): WaitingRoom;
  /** The connections of the two instances. */
  clients(): [Redis, Redis];
}

export const people = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

/** Runs the same tests on a real Redis and on the Redis inside the process. */
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
