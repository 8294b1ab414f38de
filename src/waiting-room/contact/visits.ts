import { BatchQueue } from '../../lib/batch-queue.ts';
import type { DrawnPlace } from '../lottery/lottery.ts';
import type { PlaceMemory } from '../recovery/place-memory.ts';
import type { Claim, PlaceTokens } from '../recovery/place-tokens.ts';
import type { Tokens } from '../recovery/token-headers.ts';
import type { Mode, QueueCommands, Room, Standing, Visitor } from '../redis/commands.ts';
import type { RoomSettings } from '../settings/room-settings.ts';
import type { QueueMetrics } from '../stats/metrics.ts';

export interface Person {
  userId: string;
  tokens?: Tokens | undefined;
}

export interface Visit {
  room: Room;
  standing: Standing;
}

interface Asked {
  eventId: string;
  mode: Mode;
  person: Person;
}

export interface VisitsOptions {
  commands: QueueCommands;
  tokens: PlaceTokens;
  memory: PlaceMemory;
  metrics: QueueMetrics;
  roomOf(eventId: string): RoomSettings;
  /** Where the lot has put a user. */
  drawnPlaceOf(eventId: string, userId: string): Promise<DrawnPlace | undefined>;
}

/** Visits in one script, and of an instance that wait for theirs. */
const AT_ONCE = 200;
const CAPACITY = 50_000;
/** Longer than the time limit of a command. */
const PATIENCE_MS = 5_000;

export type Visits = ReturnType<typeof createVisits>;

/**
 * Contact of users with the waiting rooms. Those who come while a script is under way go together in the next one.
 *
 * What users claim to have had is looked at only where Redis asks for it, after a loss: then in a second round trip.
 */
export function createVisits(options: VisitsOptions) {
  const { commands, tokens, memory, metrics, roomOf, drawnPlaceOf } = options;
  const queue = new BatchQueue<Asked, Visit | Error>(visitAll, {
    batchSize: AT_ONCE,
    capacity: CAPACITY,
    patienceMs: PATIENCE_MS,
  });

  async function visitAll(asked: Asked[]): Promise<(Visit | Error)[]> {
    const found = new Map<Asked, Visit | Error>();
    const groups = Map.groupBy(asked, ({ eventId, mode }) => `${mode}/${eventId}`);
    await Promise.all(
      [...groups.values()].map(async (group) => {
        const { eventId, mode } = group[0] as Asked;
        // One event whose keys are broken must not fail the others.
        const visits = await together(
          eventId,
          mode,
          group.map(({ person }) => person),
        ).catch((error: Error) => group.map(() => error));
        for (const [index, each] of group.entries()) found.set(each, visits[index] as Visit | Error);
      }),
    );
    return asked.map((each) => found.get(each) as Visit | Error);
  }

  async function together(eventId: string, mode: Mode, people: Person[]): Promise<Visit[]> {
    const visits = await ask(
      eventId,
      mode,
      people.map(({ userId, tokens: shown }) => ({
        userId,
        claim: shown?.pass || shown?.ticket || memory.has(eventId, userId) ? '?' : '',
      })),
    );
    const claims = await Promise.all(
      people.map((person, index) => claimAfter(eventId, person, visits[index] as Visit)),
    );
    const again = claims.flatMap((claim, index) => (claim === undefined ? [] : [index]));
    if (again.length === 0) return visits;
    const settled = await ask(
      eventId,
      mode,
      again.map((index) => ({ userId: (people[index] as Person).userId, claim: claims[index] })),
    );
    for (const [at, index] of again.entries()) visits[index] = settled[at] as Visit;
    return visits;
  }

  /** @returns with what a user has to come again: he was asked for it, or had a better place before a loss */
  async function claimAfter(
    eventId: string,
    person: Person,
    { room, standing }: Visit,
  ): Promise<string | undefined> {
    const { state, sequence } = standing;
    if (state !== 'claim' && (room.reborn === 0 || state === 'inside' || state === 'lobby')) return undefined;
    const claim = await claimOf(eventId, person, room.reborn);
    if (state === 'claim') return claim ? toText(claim) : '';
    const wasAhead = claim && claim.sequence > 0 && claim.sequence < sequence;
    const better = claim && (state === 'outside' || claim.kind === 'inside' || wasAhead);
    return better ? toText(claim) : undefined;
  }

  async function ask(eventId: string, mode: Mode, visitors: Visitor[]): Promise<Visit[]> {
    const { room, abandoned, standings } = await commands.visit(eventId, mode, visitors);
    if (abandoned > 0) metrics.abandoned(abandoned);
    const arrived = standings.filter(({ joined, state }) => joined && state === 'waiting').length;
    if (arrived > 0) metrics.arrived(arrived);
    for (const [index, standing] of standings.entries())
      memory.note(eventId, (visitors[index] as Visitor).userId, standing, room);
    return standings.map((standing) => ({ room, standing }));
  }

  /** The newest of what a user shows and of what this instance remembers of him, of the time before the loss. */
  async function claimOf(
    eventId: string,
    { userId, tokens: shown = {} }: Person,
    lostAt: number,
  ): Promise<Claim | undefined> {
    const remembered = memory.of(eventId, userId);
    const since = Math.max(memory.leftAt(eventId, userId), roomOf(eventId).clearedAt ?? 0);
    const claims = [...tokens.read(eventId, userId, shown), ...(remembered ? [remembered] : [])];
    const [newest] = claims
      .filter(({ at }) => at > since && at <= lostAt)
      .sort((one, other) => other.at - one.at);
    const mayBeDrawn = !newest || (newest.kind === 'waiting' && newest.sequence === 0);
    if (!mayBeDrawn || since > 0 || roomOf(eventId).startsAt === undefined) return newest;
    // Lost between the draw and the first time that he was told of it.
    const drawn = await drawnPlaceOf(eventId, userId).catch(() => undefined);
    return drawn ? { kind: 'waiting', ...drawn } : newest;
  }

  return {
    /** Many at once, in one command for each 200. */
    async all(eventId: string, mode: Mode, people: Person[]): Promise<Visit[]> {
      const visits: Visit[] = [];
      for (let from = 0; from < people.length; from += AT_ONCE)
        visits.push(...(await together(eventId, mode, people.slice(from, from + AT_ONCE))));
      return visits;
    },
    async one(eventId: string, mode: Mode, person: Person): Promise<Visit> {
      const visit = await queue.add({ eventId, mode, person });
      if (visit instanceof Error) throw visit;
      return visit;
    },
  };
}

function toText({ kind, at, sequence }: Claim): string {
  return kind === 'inside' ? `P${at}` : `T${at}:${sequence}`;
}
