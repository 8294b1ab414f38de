import { findRedis } from '../../src/embedded/redis/redis.ts';
import type { Backend } from '../faults/harness/backend.ts';
import { type ClusterNode, moveSlot, startClusterNodes, stopNodes } from '../support/redis/cluster-nodes.ts';
import { eventually } from '../support/wait.ts';

/** Three masters with a replica each. */
interface BreakableCluster extends Backend {
  /** Moves the slot of a key, with the keys in it, to another master. */
  moveSlotOf(key: string): Promise<void>;
  /** Ends the master of a key like a crash, and waits until its replica has taken over. */
  loseMasterOf(key: string): Promise<void>;
}

const MASTERS = 3;

export async function startBreakableCluster(): Promise<BreakableCluster> {
  const program = findRedis();
  if (!program) throw new Error('A cluster needs redis-server or valkey-server');
  const nodes = await startClusterNodes(program, MASTERS, 1);
  const live = new Set(nodes);

  /** The node that takes writes of the key. A replica answers MOVED. */
  async function masterOf(key: string): Promise<ClusterNode> {
    for (const node of live) if (await node.client.exists(key).then(Boolean, () => false)) return node;
    throw new Error(`no node has ${key}`);
  }

  return {
    environment: {
      REDIS_CLUSTER: nodes
        .slice(0, 2)
        .map(({ port }) => `127.0.0.1:${port}`)
        .join(','),
    },
    async moveSlotOf(key) {
      const from = await masterOf(key);
      const to = nodes.slice(0, MASTERS).find((node) => node !== from) as ClusterNode;
      await moveSlot(key, from, to, nodes);
    },
    async loseMasterOf(key) {
      const lost = await masterOf(key);
      live.delete(lost);
      process.kill(lost.server.pid, 'SIGKILL');
      await eventually(() => masterOf(key), { timeout: 30_000, interval: 50 });
    },
    stop: () => stopNodes(nodes),
  };
}
