import { randomUUID } from 'node:crypto';
import type { Role } from '../../../src/plugins/auth.ts';
import { apiOf } from '../http.ts';
import type { Service } from '../service.ts';

/** What a person shows of their place. */
export interface Proofs {
  pass?: string;
  ticket?: string;
}

export type Person = ReturnType<ReturnType<typeof queueOf>['person']>;

/** The waiting room of one event over HTTP, on any instance. */
export function queueOf(service: Service, eventId: string) {
  const at = (instance: number) => apiOf(service, instance);

  /** @param keeps whether the person keeps the proofs they get and shows them, as the SDK does. Existing clients don't. */
  function person({ userId = randomUUID() as string, keeps = true } = {}) {
    const proofs: Proofs = {};
    const headers = ({ pass, ticket }: Proofs = proofs) => ({
      ...service.as(userId),
      ...(pass !== undefined && { 'x-queue-pass': pass }),
      ...(ticket !== undefined && { 'x-queue-ticket': ticket }),
    });
    const contact = async (method: 'get' | 'post', verb: string, instance: number) => {
      const answer = await at(instance)[method](`/queue/${verb}/${eventId}`, headers());
      const { pass, ticket } = answer.body;
      if (keeps && (pass || ticket)) Object.assign(proofs, { pass, ticket });
      return answer;
    };
    const post = (path: string, instance: number, payload: object, shown?: Proofs) =>
      at(instance).post(path, headers(shown), { eventId, ...payload });
    return {
      userId,
      /** The latest ones, as the last answer gave them. */
      proofs,
      check: (instance = 0) => contact('post', 'check', instance),
      status: (instance = 0) => contact('get', 'status', instance),
      heartbeat: (instance = 0) => contact('post', 'heartbeat', instance),
      leave: (instance = 0) => contact('post', 'leave', instance),
      reserve: (seatId: string | undefined, instance = 0, shown?: Proofs) =>
        post('/seats/reserve', instance, { seatIds: [seatId] }, shown),
      best: (instance = 0, shown?: Proofs) => post('/seats/best-available', instance, { quantity: 1 }, shown),
      buy: (ticketTypeId: string | undefined, instance = 0, shown?: Proofs) =>
        post('/reservations', instance, { items: [{ ticketTypeId, quantity: 1 }] }, shown),
    };
  }

  const admin = `/queue/admin/${eventId}`;
  const as = (role: Role) => service.as(undefined, role);

  return {
    eventId,
    person,
    people: (count: number, options?: Parameters<typeof person>[0]) =>
      Array.from({ length: count }, () => person(options)),
    admin: (instance = 0, role: Role = 'admin') => at(instance).get(admin, as(role)),
    change: (patch: object, instance = 0, role: Role = 'admin') => at(instance).patch(admin, as(role), patch),
    clear: (instance = 0, role: Role = 'admin') =>
      at(instance).post(`/queue/admin/clear/${eventId}`, as(role)),
  };
}

/** Lets people act one after the other. @returns the answer to each of them */
export async function inTurn<T, Answer>(people: T[], each: (one: T, index: number) => Promise<Answer>) {
  const answers: Answer[] = [];
  for (const [index, one] of people.entries()) answers.push(await each(one, index));
  return answers;
}

/** A new event, which these people join one after the other: as many go inside as the threshold allows, and the rest wait. */
export async function withPeople(service: Service, count: number, { keeps = true } = {}) {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 40, stock: [100] });
  const queue = queueOf(service, eventId);
  const people = queue.people(count, { keeps });
  const answers = await inTurn(people, (person, index) => person.check(index));
  let seat = 0;
  return {
    eventId,
    seatIds,
    queue,
    people,
    /** What each of them was told when they joined. */
    answers: answers.map(({ body }) => body),
    /** The three ways to buy. Each purchase takes another seat, on the next instance. */
    purchases: [
      (person: Person, shown?: Proofs) => person.reserve(seatIds[seat++], seat, shown),
      (person: Person, shown?: Proofs) => person.best(seat++, shown),
      (person: Person, shown?: Proofs) => person.buy(ticketTypeIds[0], seat++, shown),
    ],
  };
}
