import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import type { News } from '../../../../src/client/watch/types.ts';
import { Model } from './model.ts';

export const eventId = '75f3dcb8-aa52-47f6-b714-66c6f2f93aae';

/** Serves a model as the service does: REST, the stream and Socket.IO. */
export async function serveModel({ acceptsSockets = true } = {}) {
  const model = new Model();
  const asked: string[] = [];
  const streams = new Set<ServerResponse>();
  const state = { isUnknown: false };

  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const what = pathname
      .split('/')
      .find((part) => ['layout', 'status', 'changes', 'live', 'tickets'].includes(part));
    asked.push(`${what}${searchParams.has('since') ? ` ${searchParams.get('since')}` : ''}`);
    const answer = (body: object, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (state.isUnknown) return answer({ code: 'EVENT_NOT_FOUND', error: '없음', requestId: 'r' }, 404);
    const { version } = model;
    const { layout, codes } = model.at(version);
    const { seats, stock } = model.load(version);
    if (what === 'live') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      streams.add(response);
      response.on('close', () => streams.delete(response));
      const since = searchParams.get('since');
      return write(
        response,
        (since !== null && model.changes(Number(since), version)) || { version, layout },
      );
    }
    if (what === 'layout') {
      return answer({
        ...{ eventId, layout, ids: seats.map(({ id }) => id), labels: seats.map((seat) => seat.seat_label) },
        ...{ sections: seats.map(({ section }) => section), prices: seats.map(({ price }) => price) },
        ...{ rows: seats.map((seat) => seat.row_number), numbers: seats.map((seat) => seat.seat_number) },
        ...{
          x: seats.map(({ index }) => (index === 2 ? 1.5 : null)),
          attributes: { accessible: [2], restricted_view: [2] },
        },
      });
    }
    if (what === 'status') {
      const bytes = Buffer.alloc(Math.ceil(codes.length / 4));
      for (const [index, code] of codes.entries())
        bytes[index >> 2] = (bytes[index >> 2] as number) | (code << (6 - 2 * (index & 3)));
      return answer({ eventId, version, layout, count: codes.length, statuses: bytes.toString('base64') });
    }
    if (what === 'tickets') {
      const ticketTypes = stock.map(({ ticketTypeId, availableQuantity, totalQuantity }) => ({
        ...{ id: ticketTypeId, name: '1등석', price: 1, description: null },
        ...{ available_quantity: availableQuantity, total_quantity: totalQuantity },
      }));
      return answer({ version, ticketTypes });
    }
    const changes = model.changes(Number(searchParams.get('since')), version);
    return changes
      ? answer({ eventId, ...changes })
      : answer({ code: 'CHANGES_GONE', error: '', requestId: 'r' }, 410);
  });

  const io = new Server(http);
  io.use((_, next) => {
    if (acceptsSockets) return next();
    const data = { code: 'TOKEN_EXPIRED', error: '인증이 만료되었습니다.' };
    next(Object.assign(new Error('authentication failed'), { data }));
  });
  io.on('connection', (socket) => {
    socket.onAny((name: string, payload: object, acknowledge: (answer: object) => void) => {
      asked.push(`${name} ${JSON.stringify({ ...payload, eventId: undefined })}`);
      if (name === 'join-seat-selection') void socket.join('seats');
      if (name === 'leave-seat-selection') void socket.leave('seats');
      const { version } = model;
      acknowledge({ ok: true, version, layout: model.at(version).layout });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));

  const write = (response: ServerResponse, news: News) =>
    response.write(`id: ${news.version}\ndata: ${JSON.stringify({ eventId, ...news })}\n\n`);
  return {
    model,
    /** What was asked so far, in short. */
    asked,
    state,
    io,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    /** Changes the model, and tells the subscribers. */
    change(change: (model: Model) => void) {
      const from = model.version;
      change(model);
      const news = model.news(from);
      for (const stream of streams) write(stream, news);
      io.to('seats').emit(news.from === undefined ? 'seats-reset' : 'seats-changed', { eventId, ...news });
    },
    cut() {
      for (const stream of streams) stream.destroy();
      for (const socket of io.sockets.sockets.values()) socket.conn.close();
    },
    async close() {
      http.closeAllConnections();
      await io.close();
    },
  };
}
