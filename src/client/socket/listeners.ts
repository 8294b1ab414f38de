import { call } from '../page-function.ts';

type Listener<Payload> = (payload: Payload) => void;

/** The listeners of each event, typed with its payload. */
export class Listeners<Events extends object> {
  readonly #byName = new Map<keyof Events, Set<Listener<never>>>();

  add<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const listeners = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, listeners.add(listener));
  }

  delete<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#byName.get(name)?.delete(listener);
  }

  tell<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    // A copy: a listener may add or remove listeners.
    for (const listener of [...(this.#byName.get(name) ?? [])])
      call(() => (listener as Listener<Events[Name]>)(payload));
  }
}
