import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { type Service, startService } from '../../support/service.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let address: TcpProxy;
let oldRoute: TcpProxy;
let postgres: { host: string; port: number };

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({
    env: { SALE_LANES: '1', SWEEP_INTERVAL_MS: '100' },
    throughPort: async (target) => {
      postgres = target;
      oldRoute = await startProxy(target);
      address = await startProxy({ host: '127.0.0.1', port: oldRoute.port });
      return address.port;
    },
  });
});
afterAll(async () => {
  oldRoute.resume();
  await service.stop();
  await address.close();
  await oldRoute.close();
});

test('after a failover that leaves open connections without any answer, selling goes on within five seconds', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
  const api = apiOf(service);
  const reserve = (seat: number) => api.reserve(eventId, seatIds.slice(seat, seat + 1));
  expect((await reserve(0)).status).toBe(201);

  oldRoute.stall();
  // It waits on the old route, and its lane with it. So does a sweep, which may have the connection that was open: each has one by then.
  const unlucky = reserve(1);
  const { salePool } = service.app;
  await eventually(() => expect(salePool.totalCount - salePool.idleCount).toBeGreaterThanOrEqual(2));
  address.leadTo(postgres);
  const begun = performance.now();
  const next = await eventually(
    async () => {
      const answer = await reserve(2);
      expect(answer.status).toBe(201);
      return answer;
    },
    { timeout: 5_000 },
  );
  expect(next.status).toBe(201);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect((await unlucky).status).toBe(503);
}, 15_000);
