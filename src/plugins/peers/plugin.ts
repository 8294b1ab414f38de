import fp from 'fastify-plugin';
import type { Worker } from '../../cluster/worker.ts';
import { Door } from './door.ts';
import { Peers } from './peers.ts';

declare module 'fastify' {
  interface FastifyInstance {
    peers: Peers;
  }
}

/** The other workers on this machine (`WORKERS`). What they share on a machine, they share as instances do: in PostgreSQL and Redis. */
export default fp<{ worker: Worker | undefined }>(
  async (app, { worker }) => {
    const peers = new Peers(worker);
    app.decorate('peers', peers);
    if (!worker) return;
    const door = new Door(app.server, worker.key, (question, value) => peers.own(question, value));
    let port = 0;
    // A hook of `listen` could not make the start fail, and the primary would wait for this worker.
    app.addHook('onReady', async () => {
      port = await door.open();
    });
    app.addHook('onListen', async () => {
      worker.tell({ kind: 'serves', origin: app.listeningOrigin, door: port });
    });
    app.addHook('onClose', async () => {
      door.close();
      peers.close();
    });
  },
  { name: 'peers' },
);
