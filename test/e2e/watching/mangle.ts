import type { TiketiSocket } from '../../../src/client/index.ts';

/** Delivers some packets late, out of order or twice, and loses some, until it is told to stop. */
export class Mangler {
  isOn = true;
  readonly counts = { lost: 0, doubled: 0, late: 0 };

  pass(deliver: () => void): void {
    const fate = this.isOn ? Math.random() : 1;
    if (fate < 0.15) this.counts.lost++;
    else if (fate < 0.35) {
      this.counts.late++;
      setTimeout(deliver, Math.random() * 150);
    } else {
      deliver();
      if (fate > 0.5) return;
      this.counts.doubled++;
      setTimeout(deliver, Math.random() * 50);
    }
  }

  /** A `fetch` whose streams of events are mangled. Other answers stay as they are. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const response = await fetch(request);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body)
      return response;
    let rest = '';
    const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];
    const mangled = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        const events = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events)
          this.pass(() => {
            try {
              controller.enqueue(encoder.encode(`${event}\n\n`));
            } catch {
              // The stream has ended before a late packet.
            }
          });
      },
    });
    return new Response(response.body.pipeThrough(mangled), response);
  };

  /** A socket whose packets are mangled, as a watch uses it. */
  socket(socket: TiketiSocket): TiketiSocket {
    const on: TiketiSocket['on'] = (name, listener) =>
      name === 'seats-changed'
        ? socket.on(name, (packet) => this.pass(() => listener(packet)))
        : socket.on(name, listener);
    return new Proxy(socket, {
      get(target, name) {
        if (name === 'on') return on;
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}
