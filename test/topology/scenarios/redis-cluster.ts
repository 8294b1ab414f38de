import { startBackendsOf, startInstances } from '../../faults/harness/backends.ts';
import { startBreakablePostgres } from '../../faults/harness/postgres.ts';
import { startBreakableCluster } from '../redis-cluster.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

/** Both faults hit the slot of the crowd's room, and then the node that has it. */
export const redisCluster: Scenario = {
  about: "a cluster's slot moves to another master, and that master is killed: its replica takes over",
  async build(ends) {
    const backends = await startBackendsOf(ends, startBreakablePostgres, startBreakableCluster);
    const instances = await startInstances(ends, backends, 2, INSTANCE_SETTINGS);
    const { redis } = backends;
    const roomKey = (roomId: string) => `tiketi:{${roomId}}:state`;
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'the slot of the room moves to another master',
          ...{ refuses: ['places'], breaks: [], losesPlaces: false },
          run: ({ roomId }) => redis.moveSlotOf(roomKey(roomId)),
        },
        {
          name: 'kill -9 of the master that has the room',
          // Replication is asynchronous.
          ...{ refuses: ['places'], breaks: [], losesPlaces: true },
          run: ({ roomId }) => redis.loseMasterOf(roomKey(roomId)),
        },
      ],
    };
  },
};
