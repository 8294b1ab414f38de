import { BatchQueue } from '../../lib/batch-queue.ts';
import type { PlaceMemory } from '../recovery/place-memory.ts';
import type { PlaceTokens } from '../recovery/place-tokens.ts';
import type { WithoutRedis } from '../recovery/without-redis.ts';
import type { Commands, Visitor } from '../redis/commands.ts';
import type { Claim, Mode, Person, RoomSettings, Standing, Visit } from '../types.ts';

/** One contact of a user, and what came of it. */
interface Contact extends Person, Visitor {
  outcome?: Visit | Error;
}

interface Asked extends Contact {
  eventId: string;
  mode: Mode;
}

export interface VisitsOptions {
  commands: Commands;
  tokens: PlaceTokens;
  memory: PlaceMemory;
  withoutRedis: WithoutRedis;
  settingsOf(eventId: string): RoomSettings;
  /** The place in line that a user drew. */
  drawnPlaceOf(eventId: string, userId: string): Promise<Claim | undefined>;
}

/** Visits in one script, and visits of an instance that wait for theirs. */
const AT_ONCE = 200;
const CAPACITY = 50_000;
/** Longer than the time limit of a command. */
const PATIENCE_MS = 5_000;

export type Visits = ReturnType<typeof createVisits>;

/**
 * Contact of users with the waiting rooms. Visits that arrive while a script is under way share the next one.
 *
 * Proofs of a place are verified only when Redis asks for them, after a loss. The visit then takes a second round trip.
 */
export function createVisits(options: VisitsOptions) {
  const { commands, tokens, memory, withoutRedis, settingsOf, drawnPlaceOf } = options;
  const batches = new BatchQueue<Asked, Visit | Error>(visitAll, {
    name: 'visits',
    batchSize: AT_ONCE,
    capacity: CAPACITY,
    patienceMs: PATIENCE_MS,
  });

  async function visitAll(asked: Asked[]): Promise<(Visit | Error)[]> {
    const groups = Map.groupBy(asked, ({ eventId, mode }) => `${mode}/${eventId}`);
    await Promise.all(
      [...groups.values()].map(async (group) => {
        const { eventId, mode } = group[0] as Asked;
        // An event whose keys are broken must not fail the others.
        await visitTogether(eventId, mode, group).catch((error: Error) => {
          for (const each of group) each.outcome = error;
        });
      }),
    );
    return asked.map(({ outcome }) => outcome as Visit | Error);
  }

  async function visitTogether(eventId: string, mode: Mode, contacts: Contact[]): Promise<void> {
    for (const contact of contacts) contact.claim = mayHaveProof(eventId, contact) ? '?' : '';
    await ask(eventId, mode, contacts);
    const doubtful = contacts.filter(({ outcome }) => mayHaveBetter(outcome as Visit));
    if (doubtful.length === 0) return;
    await Promise.all(
      doubtful.map(async (contact) => {
        contact.claim = await claimAfter(eventId, contact, contact.outcome as Visit);
      }),
    );
    const again = doubtful.filter(({ claim }) => claim !== undefined);
    if (again.length > 0) await ask(eventId, mode, again);
  }

  /** One command for all of them. Each contact gets its outcome. */
  async function ask(eventId: string, mode: Mode, contacts: Contact[]): Promise<void> {
    const { room, standings } = await commands.visit(eventId, mode, contacts);
    for (const [index, contact] of contacts.entries()) {
      const standing = standings[index] as Standing;
      memory.note(eventId, contact.userId, standing, room);
      contact.outcome = { room, standing };
    }
  }

  function mayHaveProof(eventId: string, { userId, tokens: shown }: Person): boolean {
    return Boolean(shown?.pass || shown?.ticket) || memory.has(eventId, userId);
  }

  /** @returns the claim to visit again with: Redis asked for it, or the user had a better place before a loss */
  async function claimAfter(
    eventId: string,
    person: Person,
    { room, standing }: Visit,
  ): Promise<string | undefined> {
    const { state, sequence } = standing;
    const claim = await claimOf(eventId, person, room.reborn);
    if (state === 'claim') return claim ? toText(claim) : '';
    const wasAhead = claim && claim.sequence > 0 && claim.sequence < sequence;
    const better = claim && (state === 'outside' || claim.kind === 'inside' || wasAhead);
    return better ? toText(claim) : undefined;
  }

  /** The newest place from before the loss that the user shows or this instance remembers. */
  async function claimOf(
    eventId: string,
    { userId, tokens: shown = {} }: Person,
    lostAt: number,
  ): Promise<Claim | undefined> {
    const remembered = memory.of(eventId, userId);
    const since = Math.max(memory.leftAt(eventId, userId), settingsOf(eventId).clearedAt ?? 0);
    const claims = [...tokens.read(eventId, userId, shown), ...(remembered ? [remembered] : [])];
    const [newest] = claims
      .filter(({ at }) => at > since && at <= lostAt)
      .sort((one, other) => other.at - one.at);
    const mayBeDrawn = !newest || (newest.kind === 'waiting' && newest.sequence === 0);
    if (!mayBeDrawn || since > 0 || settingsOf(eventId).startsAt === undefined) return newest;
    // Redis may have lost the room between the draw and the first answer that told the user their place.
    const drawn = await drawnPlaceOf(eventId, userId).catch(() => undefined);
    return drawn ?? newest;
  }

  return {
    /** Many users at once, in one command for each 200. */
    async all(eventId: string, mode: Mode, people: Person[]): Promise<Visit[]> {
      const contacts: Contact[] = people.map((person) => ({ ...person }));
      for (let from = 0; from < contacts.length; from += AT_ONCE)
        await visitTogether(eventId, mode, contacts.slice(from, from + AT_ONCE));
      return contacts.map(({ outcome }) => outcome as Visit);
    },
    async one(eventId: string, mode: Mode, person: Person): Promise<Visit> {
      const visit = await batches.add({ eventId, mode, ...person });
      if (visit instanceof Error) throw visit;
      return visit;
    },
    /** Gives up the place of a user, or only one inside. */
    leave(eventId: string, person: Person, onlyInside: boolean) {
      const { userId } = person;
      const claim = withoutRedis.passOf(eventId, person);
      return commands.leave(eventId, { userId, claim: claim && toText(claim) }, onlyInside);
    },
  };
}

/** Redis asked for a proof, or the user may have had a better place before a loss. */
function mayHaveBetter({ room, standing: { state } }: Visit): boolean {
  return state === 'claim' || (room.reborn > 0 && state !== 'inside' && state !== 'lobby');
}

/** See `redis/scripts/parts/claim.lua`. */
function toText({ kind, at, sequence }: Claim): string {
  return kind === 'inside' ? `P${at}` : `T${at}:${sequence}`;
}
