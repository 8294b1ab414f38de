import type { Contact, History, RoomFault } from '../history.ts';

/** Redis notes contact in tenths of a second, and timers fire late. */
export const MARGIN_MS = 300;

/** An answer that says where its buyer was. */
export type Sighting = Contact & { state: NonNullable<Contact['state']> };

/**
 * A time in which a buyer certainly kept contact, so that their place must have lasted. A leave or a silence ends it, and for a buyer
 * without proofs a loss of Redis.
 */
export interface Stay {
  user: number;
  claims: boolean;
  /** The buyer can't have had a place before this moment; undefined if they may have. */
  beganAt: number | undefined;
  sightings: Sighting[];
  /** When the first attempt to leave was sent. */
  leftAt?: number;
}

export const lossesOf = ({ faults }: History): RoomFault[] => faults.filter(({ loses }) => loses);

/** How many losses there were before a time; undefined if a loss lies within it. */
export function epochOf(losses: RoomFault[], from: number, to = from): number | undefined {
  if (losses.some((loss) => from <= loss.to && to >= loss.from)) return undefined;
  return losses.filter((loss) => loss.to < from).length;
}

/** Whether a fault mutes an instance within a time. Its sockets stay open and tell nothing. */
export const isMuted = ({ faults }: History, instance: number, from: number, to = from): boolean =>
  faults.some((fault) => fault.mutes?.includes(instance) && to >= fault.from && from <= fault.to);

/** @returns the stays of every buyer, in order */
export function staysOf(history: History): Stay[] {
  const losses = lossesOf(history);
  const isHeard = ({ kind, instance, sentAt, status }: Contact) =>
    status === 200 && !(kind === 'socket' && isMuted(history, instance, sentAt));
  return [...Map.groupBy(history.contacts, ({ user }) => user)].flatMap(([user, contacts]) =>
    staysOfBuyer(
      contacts.sort((a, b) => a.sentAt - b.sentAt),
      { user, claims: history.buyers[user]?.claims ?? false },
      history.settings.ttlMs,
      losses,
      isHeard,
    ),
  );
}

function staysOfBuyer(
  contacts: Contact[],
  buyer: Pick<Stay, 'user' | 'claims'>,
  ttlMs: number,
  losses: RoomFault[],
  isHeard: (contact: Contact) => boolean,
): Stay[] {
  const stays: Stay[] = [];
  let stay: Stay | undefined;
  /** The end of the last attempt, which is the latest time at which the service may have heard of the buyer. */
  let heardBy = Number.NEGATIVE_INFINITY;
  /** The service certainly heard of the buyer after this. */
  let contactAt = Number.NEGATIVE_INFINITY;
  /** The first attempt since the buyer was certainly gone, while no stay has begun with it. */
  let beganAt: number | undefined;
  let epoch: number | undefined;

  for (const contact of contacts) {
    const { kind, sentAt, endedAt, status } = contact;
    if (sentAt - heardBy > ttlMs + MARGIN_MS && !mayComeBack(losses, heardBy, sentAt, ttlMs + MARGIN_MS)) {
      stay = undefined;
      beganAt = sentAt;
      epoch = undefined;
    }
    heardBy = endedAt;
    if (kind === 'leave') {
      const last = stays.at(-1);
      if (last) last.leftAt ??= sentAt;
      // A request after an answered leave begins anew.
      if (status === 200) heardBy = contactAt = Number.NEGATIVE_INFINITY;
      continue;
    }
    if (endedAt - contactAt > ttlMs - MARGIN_MS) stay = undefined;
    if (!buyer.claims) {
      const now = epochOf(losses, sentAt, endedAt);
      if (epoch !== undefined && now !== epoch) stay = beganAt = undefined;
      epoch = now ?? Number.NaN;
      if (now === undefined) continue;
    }
    if (!isHeard(contact)) continue;
    contactAt = sentAt;
    if (!stay) {
      stay = { ...buyer, beganAt, sightings: [] };
      stays.push(stay);
      beganAt = undefined;
    }
    if (contact.state !== undefined) stay.sightings.push(contact as Sighting);
  }
  return stays;
}

/** After a loss no instance knows which users were silent, so all who had a place before it get it back within a time to live. */
function mayComeBack(losses: RoomFault[], heardBy: number, sentAt: number, ttlMs: number): boolean {
  return losses.some(({ from, to }) => heardBy <= to && from - heardBy <= ttlMs && sentAt - to <= ttlMs);
}

/** Who, when and where: the evidence of a violation. */
export function tell({ user, kind, instance, sentAt, endedAt, ...rest }: Contact): string {
  const { state, position, sequence, currentUsers, queueSize, threshold, status, code } = rest;
  const where = [
    state,
    position !== undefined && `position ${position}`,
    sequence !== undefined && `sequence ${sequence}`,
    currentUsers !== undefined && `${currentUsers} of ${threshold} inside, ${queueSize ?? 0} waiting`,
  ].filter(Boolean);
  const at = new Date(sentAt).toISOString().slice(14, 23);
  return `user ${user}'s ${kind} to instance ${instance} at ${at} (${Math.round(endedAt - sentAt)} ms): ${status ?? 'no answer'} ${code ?? ''} ${where.join(', ')}`;
}
