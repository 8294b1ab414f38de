import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import {
  createTiketiClient,
  createTiketiSocket,
  type SeatsStep,
  type SeatWatch,
} from '../../../src/client/index.ts';
import { seedEvent } from '../../support/events.ts';
import { ask } from '../../support/http.ts';
import { startProxy } from '../../support/proxy.ts';
import { signToken } from '../../support/token.ts';
import { eventually } from '../../support/wait.ts';
import { useServerProcesses } from '../server-processes.ts';
import { Mangler } from './mangle.ts';

/** More of them find more: `WATCHED_SALES=2000 npx vitest run test/e2e/watching`. */
const SALES = Number(process.env.WATCHED_SALES ?? 200);
const SEATS = Math.max(300, SALES);
const CODES = { available: 0, locked: 1, reserved: 2, blocked: 3 };

const servers = useServerProcesses();

/** Shows an event, and notes the map of each version that it showed. */
function keepMaps(watch: (onChange: (step: SeatsStep) => void) => SeatWatch) {
  const maps: { version: number; map: string }[] = [];
  const watched: SeatWatch = watch(({ version }) => maps.push({ version, map: mapOf(watched) }));
  onTestFinished(() => watched.close());
  return { watched, maps };
}

const mapOf = ({ seats }: Pick<SeatWatch, 'seats'>) => seats.map(({ status }) => CODES[status]).join('');

test(
  'after lost, doubled and late packets, cut connections and a killed instance every watch shows the map of the database',
  async () => {
    const { eventId, seatIds } = await seedEvent(servers.db, { seats: SEATS, stock: [1_000] });
    // Each buyer is another user.
    const env = { QUEUE_THRESHOLD: '1000000' };
    const [victim, survivor] = await Promise.all([servers.start(env), servers.start(env)]);
    const addressOf = (origin: string) => ({ host: '127.0.0.1', port: Number(new URL(origin).port) });
    // Half of the clients reach the victim at first, as through a load balancer.
    const balancer = await startProxy(addressOf(victim.origin));
    onTestFinished(() => balancer.close());
    const mangler = new Mangler();
    const errors: string[] = [];
    const follow = (baseUrl: string, overSocket: boolean) => {
      const token = signToken();
      const client = createTiketiClient({ baseUrl, fetch: mangler.fetch });
      const socket = overSocket ? createTiketiSocket({ url: baseUrl, token }) : undefined;
      onTestFinished(() => socket?.close());
      return keepMaps((onChange) =>
        client.watchSeats(eventId, {
          onChange,
          onError: ({ code }) => errors.push(code),
          ...(socket && { socket: mangler.socket(socket) }),
        }),
      );
    };
    const origins = [`http://127.0.0.1:${balancer.port}`, survivor.origin];
    const watches = origins.flatMap((origin) =>
      [false, true, false, true].map((over) => follow(origin, over)),
    );
    await Promise.all(watches.map(({ watched }) => watched.ready));

    let isSelling = true;
    let sold = 0;
    const send = async (origin: string, token: string, url: string, payload: object = {}) =>
      ask(origin, {
        method: 'POST',
        url: `/api/v1${url}`,
        headers: { authorization: `Bearer ${token}` },
        payload,
      });
    const pick = () => seatIds[Math.floor(Math.random() * SEATS)] as string;
    const hold = async (origin: string) => {
      const token = signToken();
      const { status, body } = await send(origin, token, '/seats/reserve', { eventId, seatIds: [pick()] });
      if (status !== 201) return;
      sold++;
      if (Math.random() < 0.5) await send(origin, token, `/reservations/${body.reservation.id}/cancel`);
    };
    const sell = async (origin: string) => {
      while (isSelling) {
        // The victim's buyers end with it.
        await hold(origin);
        await sleep(20);
      }
    };
    const buyers = [
      ...[1, 2, 3].map(() => sell(victim.origin).catch(() => undefined)),
      ...[1, 2, 3].map(() => sell(survivor.origin)),
    ];
    const sells = (count: number) =>
      eventually(() => expect(sold).toBeGreaterThan(count), { timeout: SALES * 200 });
    await sells(SALES * 0.3);
    await balancer.cut();
    await balancer.restore();
    await sells(SALES * 0.4);
    balancer.leadTo(addressOf(survivor.origin));
    await victim.end('SIGKILL');
    await sells(SALES);
    // A socket waits for up to 1.5 s before it connects again.
    await sleep(1_000);
    isSelling = false;
    await Promise.all(buyers);

    // A network loses no packet of a connection that stays open, so the last one arrives.
    mangler.isOn = false;
    await eventually(async () => {
      const before = sold;
      await hold(survivor.origin);
      expect(sold).toBeGreaterThan(before);
    });
    const rows = await servers.db
      .selectFrom('seats')
      .select('status')
      .where('event_id', '=', eventId)
      .orderBy('row_number')
      .orderBy('seat_number')
      .execute();
    const truth = rows.map(({ status }) => CODES[status]).join('');
    await eventually(() =>
      expect(watches.map(({ watched }) => mapOf(watched))).toEqual(watches.map(() => truth)),
    );

    // Every map that was ever shown is that of its version, and versions only grow.
    const history = await mapsOf(eventId, seatIds);
    for (const { maps } of watches) {
      for (const [index, { version, map }] of maps.entries()) {
        expect(version).toBeGreaterThan(maps[index - 1]?.version ?? 0);
        expect(map).toBe(history.get(version));
      }
    }
    // The control: packets did meet every fate.
    for (const count of Object.values(mangler.counts)) expect(count).toBeGreaterThan(0);
  },
  SALES * 200 + 30_000,
);

/** The map of the event at each of its versions, from what the transactions themselves have noted. */
async function mapsOf(eventId: string, seatIds: string[]): Promise<Map<number, string>> {
  const rows = await servers.db
    .selectFrom('event_changes')
    .select(['version', 'seat_ids', 'seat_statuses'])
    .where('event_id', '=', eventId)
    .orderBy('version')
    .execute();
  const codes = seatIds.map(() => 0);
  const first = (rows[0]?.version ?? 1) - 1;
  const maps = new Map([[first, codes.join('')]]);
  for (const { version, seat_ids, seat_statuses } of rows) {
    for (const [index, id] of seat_ids.entries()) codes[seatIds.indexOf(id)] = seat_statuses[index] as number;
    maps.set(version, codes.join(''));
  }
  return maps;
}
