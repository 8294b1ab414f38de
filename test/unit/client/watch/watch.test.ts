import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createTiketiClient,
  createTiketiSocket,
  type SeatsStep,
  type WatchOptions,
} from '../../../../src/client/index.ts';
import { eventually } from '../../../support/wait.ts';
import { STATUSES } from './model.ts';
import { eventId, serveModel } from './model-server.ts';

const open: { close(): unknown }[] = [];
// Reconnects at once.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of open.splice(0)) await each.close();
});

async function serve(options?: Parameters<typeof serveModel>[0]) {
  const server = await serveModel(options);
  open.push(server);
  const client = createTiketiClient({ baseUrl: server.url });
  const connect = () => {
    const socket = createTiketiSocket({
      url: server.url,
      io: { reconnectionDelay: 20, randomizationFactor: 0 },
    });
    open.unshift(socket);
    return socket;
  };
  const watchSeats = (options: WatchOptions<SeatsStep> = {}) => {
    const watch = client.watchSeats(eventId, options);
    open.unshift(watch);
    return watch;
  };
  /** Waits until the watch shows what the model has. */
  const shows = (watch: ReturnType<typeof watchSeats>) =>
    eventually(() => {
      const { codes, layout } = server.model.at(server.model.version);
      expect(watch).toMatchObject({ version: server.model.version, layout });
      expect(watch.seats.map(({ status }) => STATUSES.indexOf(status))).toEqual(codes);
    });
  return { ...server, client, connect, watchSeats, shows };
}

describe.each(['a stream', 'a socket'])('a watch of seats over %s', (way) => {
  const over = (server: Awaited<ReturnType<typeof serve>>) =>
    way === 'a socket' ? { socket: server.connect() } : {};

  it('shows each seat, tells which changed, and keeps the objects of the others', async () => {
    const server = await serve();
    server.change((model) => model.sell(2, 2));
    const onChange = vi.fn<(step: SeatsStep) => void>();
    const watch = server.watchSeats({ onChange, ...over(server) });
    expect(watch).toMatchObject({ version: 0, layout: 0, seats: [] });
    await watch.ready;
    await eventually(() => expect(server.asked).toHaveLength(3));
    expect(watch.seats[2]).toEqual({
      ...{
        index: 2,
        id: '1-2',
        section: 'A',
        row_number: 1,
        seat_number: 3,
        seat_label: 'A-1-3',
        price: 50_000,
      },
      status: 'reserved',
      x: 1.5,
      attributes: ['accessible', 'restricted_view'],
    });
    const [first] = watch.seats;
    expect(Object.keys(first ?? {})).not.toContain('attributes');
    server.change((model) => model.sell(1, 1));
    await server.shows(watch);
    expect(onChange.mock.calls).toEqual([
      [{ version: 1, seats: expect.objectContaining({ length: 4 }), whole: true }],
      [{ version: 2, seats: [watch.seats[1]], whole: false }],
    ]);
    expect([watch.status(1), watch.status('1-1'), watch.status(9), watch.status('x')]).toEqual([
      'locked',
      'locked',
      undefined,
      undefined,
    ]);
    expect(watch.seats[0]).toBe(first);
    expect(server.asked.sort()).toEqual(
      way === 'a socket'
        ? ['join-seat-selection {"batch":true}', 'layout', 'status']
        : ['layout', 'live', 'status'],
    );
  });

  it('catches up after its connection was lost', async () => {
    const server = await serve();
    const watch = server.watchSeats(over(server));
    await watch.ready;
    server.cut();
    server.model.sell(1, 2);
    server.model.sell(3, 1);
    await server.shows(watch);
    server.change((model) => model.sell(0, 1));
    await server.shows(watch);
    expect(server.asked.filter((what) => what === 'layout' || what === 'status')).toHaveLength(2);
  });

  it('reads a new layout', async () => {
    const server = await serve();
    const watch = server.watchSeats(over(server));
    await watch.ready;
    await eventually(() => expect(server.asked).toHaveLength(3));
    server.change((model) => model.rebuild(6));
    await server.shows(watch);
    expect(watch.seats).toHaveLength(6);
  });

  it('ends with close(), and what it showed stays', async () => {
    const server = await serve();
    const onChange = vi.fn();
    const watch = server.watchSeats({ onChange, ...over(server) });
    await watch.ready;
    watch.close();
    server.change((model) => model.sell(1, 2));
    const other = server.watchSeats(over(server));
    await server.shows(other);
    expect(onChange).toHaveBeenCalledTimes(1);
    expect(watch.status(1)).toBe('available');
  });
});

describe('a watch', () => {
  it('of an unknown event ends, and says why', async () => {
    const { state, client } = await serve();
    state.isUnknown = true;
    const onError = vi.fn();
    const watch = client.watchSeats(eventId, { onError });
    await expect(watch.ready).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND', status: 404 });
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('of a service that is away goes on trying', async () => {
    const server = await serve();
    const onError = vi.fn();
    let isAway = true;
    const client = createTiketiClient({
      baseUrl: server.url,
      fetch: (request) => (isAway ? Promise.reject(new TypeError('away')) : fetch(request)),
    });
    const watch = client.watchSeats(eventId, { onError });
    open.unshift(watch);
    await eventually(() => expect(onError.mock.calls.length).toBeGreaterThan(4));
    expect(onError.mock.lastCall?.[0]).toMatchObject({ code: 'NETWORK_ERROR' });
    isAway = false;
    await watch.ready;
  });

  it('takes the stream when the service refuses the socket', async () => {
    const server = await serve({ acceptsSockets: false });
    const onError = vi.fn();
    const watch = server.watchSeats({ socket: server.connect(), onError });
    await eventually(() => expect(server.asked).toContain('live'));
    server.change((model) => model.sell(1, 2));
    await server.shows(watch);
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'TOKEN_EXPIRED' }));
  });

  it('takes the stream when the page closes the socket', async () => {
    const server = await serve();
    const socket = server.connect();
    const watch = server.watchSeats({ socket });
    await watch.ready;
    await eventually(() => expect(server.asked).toHaveLength(3));
    socket.close();
    await eventually(() => expect(server.asked.some((what) => what.startsWith('live'))).toBe(true));
    server.change((model) => model.sell(1, 2));
    await server.shows(watch);
  });

  it('leaves the seat selection only if no other watch needs it', async () => {
    const server = await serve();
    const socket = server.connect();
    const [one, other] = [server.watchSeats({ socket }), server.watchSeats({ socket })];
    await eventually(() => expect(server.asked.filter((what) => what.startsWith('join'))).toHaveLength(2));
    one.close();
    server.change((model) => model.sell(1, 2));
    await server.shows(other);
    expect(server.asked.filter((what) => what.startsWith('leave'))).toEqual([]);
    other.close();
    await eventually(() => expect(server.asked.at(-1)).toContain('leave-seat-selection'));
  });

  it.each(['a stream', 'a socket'])('of stock needs no seats, over %s', async (way) => {
    const server = await serve();
    const onChange = vi.fn();
    const options = way === 'a socket' ? { socket: server.connect() } : {};
    const watch = server.client.watchStock(eventId, { onChange, ...options });
    open.unshift(watch);
    await watch.ready;
    await eventually(() => expect(server.asked).toHaveLength(2));
    server.change((model) => model.rebuild(2));
    server.change((model) => model.sell(1, 0));
    await eventually(() => expect(watch.version).toBe(2));
    expect([...watch.stock.values()].map((level) => level.availableQuantity)).toEqual(
      server.model.at(2).stock,
    );
    expect(onChange.mock.lastCall?.[0]).toMatchObject({ version: 2 });
    expect(server.asked).not.toContain('layout');
  });

  it('is not stopped by an error of the page', async () => {
    const uncaught: unknown[] = [];
    const queue = queueMicrotask;
    vi.stubGlobal('queueMicrotask', (run: () => void) =>
      queue(() => {
        try {
          run();
        } catch (error) {
          uncaught.push(error);
        }
      }),
    );
    onTestFinished(() => void vi.unstubAllGlobals());
    const server = await serve();
    const watch = server.watchSeats({
      onChange() {
        throw new Error('of the page');
      },
    });
    await watch.ready;
    await eventually(() => expect(server.asked).toContain('live'));
    server.change((model) => model.sell(1, 2));
    await server.shows(watch);
    expect(uncaught).toEqual([new Error('of the page'), new Error('of the page')]);
  });
});
