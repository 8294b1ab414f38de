/** What the watchers know. */
export class Stage {
  readonly eventId: string;
  readonly secret: string;
  readonly ports: number[];
  /** The instances to which a load balancer sends connections. */
  readonly #up: Set<number>;

  constructor(eventId: string, secret: string, ports: number[]) {
    this.eventId = eventId;
    this.secret = secret;
    this.ports = ports;
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
}
