import type { Ends } from '../bench/ends.ts';
import type { Instance } from '../faults/harness/instance.ts';
import type { Connection } from '../faults/harness/postgres-server.ts';

/** A topology of real servers, and what happens to it under load. */
export interface Scenario {
  about: string;
  /** @returns why this machine can't run it */
  lacks?(): string | undefined;
  /** Starts the servers and the instances. `ends` ends them, also after a start that fails. */
  build(ends: Ends): Promise<Topology>;
}

interface Topology {
  instances: Instance[];
  /** Signs the buyers' tokens. */
  secret: string;
  /** The server that has everything that was acknowledged. */
  primary(): Connection;
  /** One after the other, with a calm after each. */
  faults: Fault[];
}

export interface Fault {
  name: string;
  /** What may be answered 503, from the beginning of the fault until 4 s after its end. */
  refuses: ('sales' | 'places')[];
  /** For how long it may hold locks that sales wait for. Until then, and 4 s longer, they may be answered 503. */
  locksForMs?: number;
  /** Instances whose connections may break. */
  breaks: number[];
  /** Instances that tell their sockets nothing while the fault lasts: none by default. */
  mutes?: number[];
  /** Redis loses all or the last of what it knew, so that the line forms again. */
  losesPlaces: boolean;
  /** Breaks a part and brings it back. The fault ends when it resolves. */
  run(scene: Scene): Promise<unknown>;
}

interface Scene {
  /** The event with the waiting room. */
  roomId: string;
  /** Sends an instance no new requests. */
  down(instance: number): void;
  up(instance: number): void;
}
