import { type Answer, Wire } from './connections.ts';
import type { Contact, State } from './history.ts';

export type Verb = 'check' | 'status' | 'heartbeat' | 'leave';

/** The proofs that a buyer keeps and shows. */
export interface Claims {
  pass?: string;
  ticket?: string;
}

interface Body extends Claims {
  queued?: boolean;
  state?: State;
  position?: number;
  sequence?: number;
  queueSize?: number;
  currentUsers?: number;
  threshold?: number;
  nextPollMs?: number;
  estimatedWait?: number;
  code?: string;
}

/** An answer as it is recorded, and the proofs to show from now on. */
export interface Reply {
  contact: Omit<Contact, 'user' | 'kind'>;
  claims: Claims;
  /** Seconds. */
  estimatedWait: number;
}

const METHODS: Record<Verb, string> = { check: 'POST', status: 'GET', heartbeat: 'POST', leave: 'POST' };

/** The waiting room of one event over HTTP, on any instance that is up. */
export class Room {
  readonly eventId: string;
  readonly #wires: Wire[];
  /** The instances to which a load balancer sends requests. */
  readonly #up: Set<number>;

  constructor(eventId: string, ports: number[]) {
    this.eventId = eventId;
    this.#wires = ports.map((port) => new Wire(port));
    this.#up = new Set(ports.keys());
  }

  down(instance: number): void {
    this.#up.delete(instance);
  }

  up(instance: number): void {
    this.#up.add(instance);
  }

  anyInstance(): number {
    return [...this.#up][Math.floor(Math.random() * this.#up.size)] as number;
  }

  async ask(verb: Verb, token: string, { pass, ticket }: Claims): Promise<Reply> {
    const instance = this.anyInstance();
    const lines = [
      `${METHODS[verb]} /api/v1/queue/${verb}/${this.eventId} HTTP/1.1`,
      'host: 127.0.0.1',
      `authorization: Bearer ${token}`,
      ...(pass ? [`x-queue-pass: ${pass}`] : []),
      ...(ticket ? [`x-queue-ticket: ${ticket}`] : []),
      ...(METHODS[verb] === 'POST' ? ['content-length: 0'] : []),
    ];
    const wire = this.#wires[instance] as Wire;
    return toReply(verb, instance, await wire.ask(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)));
  }

  close(): void {
    for (const wire of this.#wires) wire.close();
  }
}

function toReply(verb: Verb, instance: number, { body, ...answer }: Answer): Reply {
  const content = parse(body);
  const { position, sequence, queueSize, currentUsers, threshold, code, nextPollMs, pass, ticket } = content;
  const state = answer.status === 200 && verb !== 'leave' ? stateOf(verb, content) : undefined;
  return {
    contact: {
      instance,
      ...answer,
      ...(code !== undefined && { code }),
      ...(state && { state }),
      ...(position !== undefined && { position }),
      ...(sequence !== undefined && { sequence }),
      ...(queueSize !== undefined && { queueSize }),
      ...(currentUsers !== undefined && { currentUsers }),
      ...(threshold !== undefined && { threshold }),
      ...(nextPollMs !== undefined && { nextPollMs }),
    },
    estimatedWait: content.estimatedWait ?? 0,
    claims: { ...(pass && { pass }), ...(ticket && { ticket }) },
  };
}

/** A service without states says only in `check` who is inside. */
function stateOf(verb: Verb, { state, queued }: Body): State | undefined {
  if (state) return state;
  if (queued) return 'waiting';
  return verb === 'check' ? 'inside' : undefined;
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
