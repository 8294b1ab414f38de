import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { resolver } from '../../../../src/admin/webhooks/address.ts';

export interface NameServer {
  /** The IPv4 addresses of each name, or a name that gets no answer. */
  names: Map<string, string[] | 'nothing'>;
  close(): void;
}

const QUESTION = 12;
const TYPE_A = 1;

/** The name server that webhooks ask, until it is closed. */
export async function startNameServer(): Promise<NameServer> {
  const names: NameServer['names'] = new Map();
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const labels = [];
    let at = QUESTION;
    for (let length = query[at++] as number; length > 0; length = query[at++] as number) {
      labels.push(query.toString('latin1', at, at + length));
      at += length;
    }
    const found = names.get(labels.join('.')) ?? [];
    if (found === 'nothing') return;
    const isA = query.readUInt16BE(at) === TYPE_A;
    const answers = (isA ? found : []).map((ip) =>
      // The name of the question, A, IN, for 0 seconds, 4 bytes.
      Buffer.from([0xc0, QUESTION, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, ...ip.split('.').map(Number)]),
    );
    const head = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    socket.send(Buffer.concat([head, query.subarray(QUESTION, at + 4), ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const before = resolver.getServers();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    names,
    close() {
      resolver.cancel();
      resolver.setServers(before);
      socket.close();
    },
  };
}
