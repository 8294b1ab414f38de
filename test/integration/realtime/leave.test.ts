import { expect, test } from 'vitest';
import { startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { eventually } from '../../support/wait.ts';

const SOCKETS = 60;

test('the sockets of an instance that ends leave it in turn, and go on at another one', async () => {
  const service = await startService({ instances: 2 });
  const sockets = openSockets(service.token);
  try {
    const [ending, other] = service.apps.map(({ io }) => io.sockets.sockets);
    // A balancer, which sends everyone to the instance that is left.
    const listeners = await Promise.all(
      Array.from({ length: SOCKETS }, () => sockets.connect(service.origin)),
    );
    /** How many are still connected when a client hears that it is to leave. */
    const left: (number | undefined)[] = [];
    for (const { socket } of listeners)
      socket.once('disconnect', (reason) => {
        expect(reason).toBe('transport close');
        left.push(ending?.size);
        Object.assign(socket.io, { uri: service.origins[1] });
      });
    await service.app.close();
    await eventually(() => expect(other?.size).toBe(SOCKETS));
    // The first ones hear of it before the last ones are told.
    expect(left[0]).toBeGreaterThan(0);
    expect(new Set(left).size).toBeGreaterThan(1);
  } finally {
    sockets.close();
    await service.stop();
  }
});
