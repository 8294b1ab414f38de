import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import { sendUntilLetGo } from '../kept-connection.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

/** Longer than the balancer takes to notice, which asks for the readiness every 100 ms. */
const SHUTDOWN_DELAY_SECONDS = '1';
/** Connections an instance that ignore its readiness. */
const KEPT = 10;

/** A deployment: no request of it may fail, neither of clients that the balancer moves nor of those that stay on their connection. */
export const rollingRestart: Scenario = {
  about: 'all instances are replaced, one after the other, and no request fails',
  async build(ends) {
    const backends = await startBackends(ends);
    const settings = { ...INSTANCE_SETTINGS, SHUTDOWN_DELAY_SECONDS };
    const instances = await startInstances(ends, backends, 2, settings);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'instances are stopped in order and started again, one after the other',
          ...{ refuses: [], breaks: [], losesPlaces: false },
          async run({ down, up }) {
            for (const [number, instance] of instances.entries()) {
              await Promise.all([
                ...Array.from({ length: KEPT }, () => sendUntilLetGo(instance.port)),
                instance.stop(),
                instance.stopping().then(() => down(number)),
              ]);
              await instance.start();
              up(number);
            }
          },
        },
      ],
    };
  },
};
