import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createCommands } from '../../../src/waiting-room/redis/commands.ts';
import { type Overview, toOverview } from '../../../src/waiting-room/stats/overview.ts';
import type { RoomSettings, Standing } from '../../../src/waiting-room/types.ts';
import { withVirtualClock } from '../redis/virtual-clock.ts';

/** A number from 0 to 1, the same in every run. */
export type Random = () => number;

/** All times in seconds. */
export interface SimulatedSale {
  seed: number;
  people: number;
  threshold: number;
  /** How long after the opening a person comes. */
  arrival(random: Random): number;
  /** How long a person stays inside. A `silent` one doesn't leave but falls silent, and has their place for the whole time to live. */
  stay(random: Random, second: number): { seconds: number; silent: boolean };
  /** The least and the most time between two contacts. */
  contactSeconds?: [least: number, most: number];
  /** The share of the line that gives up, anywhere on the way. Every other one of them leaves, and the rest fall silent. */
  givingUp?: number;
  /** The settings that hold from this second on. */
  change?(second: number): Partial<RoomSettings> | undefined;
}

/** What one contact told a person who was let in later, and how long they waited. In seconds. */
export interface Told {
  second: number;
  position: number;
  told: number;
  min: number;
  max: number;
  waited: number;
  /** Whether this was the contact that gave them their place. */
  first: boolean;
}

export interface SimulatedResult {
  told: Told[];
  seconds: number;
  admitted: number;
  gaveUp: number;
  overview: Overview;
}

interface Person {
  userId: string;
  state: 'new' | 'waiting' | 'inside' | 'gone';
  /** The position at which they give up, or 0 for never. */
  patience: number;
  heard: Omit<Told, 'waited'>[];
}

const TTL_SECONDS = 300;
/** The service asks people to come after 75 s at most. These come half as often, which keeps their places and halves the simulation's work. */
const CONTACT_SECONDS: [least: number, most: number] = [120, 150];
const CONTACTS_AT_ONCE = 1_000;
/** The service sweeps every tick. Here that would be most of the work. */
const SWEEP_SECONDS = 30;

/** mulberry32 */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Runs a sale from its opening until everybody is through, second by second, in a real waiting room on a virtual clock. The people
 * who wait make contact now and then, and the line moves every second.
 */
export async function simulateSale(redis: Redis, sale: SimulatedSale): Promise<SimulatedResult> {
  const random = seeded(sale.seed);
  const eventId = randomUUID();
  const opensAt = Date.now();
  let second = 0;
  let rules: RoomSettings = {
    threshold: sale.threshold,
    drainPerSecond: undefined,
    paused: false,
    waitingTtlSeconds: TTL_SECONDS - 0.25,
    lobbyOpensAt: undefined,
    startsAt: undefined,
    drawn: false,
    clearedAt: undefined,
  };
  const virtual = withVirtualClock(redis, () => opensAt + second * 1_000);
  const commands = createCommands(virtual, 'simulated', {
    config: {
      // A fraction, so that no place ends at a moment at which something else happens, and all runs are the same.
      insideTtlSeconds: TTL_SECONDS - 0.25,
      tickMs: 1_000,
      reformSeconds: 10,
    },
    settingsOf: () => rules,
  });

  const people = new Map<string, Person>();
  const contacts: Person[][] = [];
  const departures: Person[][] = [];
  const told: Told[] = [];
  let toCome = sale.people;
  let admitted = 0;
  let gaveUp = 0;

  function plan(list: Person[][], inSeconds: number, person: Person): void {
    const when = second + Math.max(1, Math.ceil(inSeconds));
    list[when] ??= [];
    list[when].push(person);
  }

  function hears(person: Person, { state, position, estimatedWait, estimatedWaitRange }: Standing): void {
    if (person.state === 'inside') return;
    if (state === 'inside') {
      person.state = 'inside';
      const { seconds, silent } = sale.stay(random, second);
      if (!silent) plan(departures, seconds, person);
      return;
    }
    const first = person.state === 'new';
    if (first && random() < (sale.givingUp ?? 0.1)) person.patience = Math.floor(random() * position);
    person.state = 'waiting';
    if (position <= person.patience) {
      gaveUp++;
      person.state = 'gone';
      if (gaveUp % 2 === 0) plan(departures, 0, person);
      return;
    }
    person.heard.push({ second, position, told: estimatedWait, ...estimatedWaitRange, first });
    const [least, most] = sale.contactSeconds ?? CONTACT_SECONDS;
    plan(contacts, least + (most - least) * random(), person);
  }

  async function visit(some: Person[]): Promise<void> {
    const { standings } = await commands.visit(eventId, 'check', some);
    for (const [index, person] of some.entries()) hears(person, standings[index] as Standing);
  }

  async function moveTheLine(): Promise<number> {
    if (second % SWEEP_SECONDS === 0) while ((await commands.sweep(eventId)).more);
    const { admitted: letIn, more, room } = await commands.admit(eventId);
    for (const { userId } of letIn) {
      const person = people.get(userId) as Person;
      for (const heard of person.heard) told.push({ ...heard, waited: second - heard.second });
      // They come at once, unless they fell silent a short time ago.
      if (person.state === 'waiting') plan(contacts, 0, person);
    }
    admitted += letIn.length;
    return more ? await moveTheLine() : room.queueSize;
  }

  for (let index = 0; index < sale.people; index++) {
    // Not random, so that a seed gives the same sale in every run.
    const userId = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    const person: Person = { userId, state: 'new', patience: 0, heard: [] };
    people.set(userId, person);
    plan(contacts, sale.arrival(random), person);
  }
  for (let waiting = 1; toCome > 0 || waiting > 0; ) {
    second++;
    rules = { ...rules, ...sale.change?.(second) };
    const due = (contacts[second] ?? []).filter(({ state }) => state === 'new' || state === 'waiting');
    toCome -= due.filter(({ state }) => state === 'new').length;
    for (let from = 0; from < due.length; from += CONTACTS_AT_ONCE)
      await visit(due.slice(from, from + CONTACTS_AT_ONCE));
    await Promise.all((departures[second] ?? []).map((person) => commands.leave(eventId, person)));
    delete contacts[second];
    delete departures[second];
    waiting = await moveTheLine();
  }
  const overview = toOverview(await commands.overview(eventId), rules);
  return { told, seconds: second, admitted, gaveUp, overview };
}
