import type { Worker } from '../../src/cluster/worker.ts';

/** What a worker knows, and how the test changes it. */
export type LinkedWorker = Worker & { changed(): void };

/** Workers that know each other as those of one primary do, in the process of the test. */
export function linkWorkers(count: number): LinkedWorker[] {
  const workers = Array.from({ length: count }, (_, index) => {
    let changed = (): void => undefined;
    return {
      id: `test-${index + 1}`,
      number: index + 1,
      key: 'a key',
      doors: new Map<number, number>(),
      live: new Map<number, number>(),
      isStopping: false,
      count,
      remains: async () => [],
      onChange: (listener: () => void) => {
        changed = listener;
      },
      changed: () => changed(),
      closed: async () => undefined,
      tell(message: { kind: string; door?: number }) {
        if (message.kind !== 'serves') return;
        for (const other of workers) {
          if (other.number === index + 1) continue;
          other.doors.set(index + 1, message.door as number);
          other.live.set(index + 1, message.door as number);
        }
      },
    };
  });
  return workers as unknown as LinkedWorker[];
}
