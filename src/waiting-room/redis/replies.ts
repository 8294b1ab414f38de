import { unpackUuid } from '../../lib/uuid.ts';
import type { Phase, RoomState, Standing, StandingState, Tally } from '../types.ts';

/** What a script returns: the state of the room, then what its verb adds. See the headers of the scripts. */
export type Reply = (string | number)[];

export interface Visits {
  room: RoomState;
  /** In the order of the visitors. */
  standings: Standing[];
}

export interface Admission {
  room: RoomState;
  /**
   * `now`: the state differs from the last one announced, and this caller is the one to announce it. `later`: it differs, but
   * the last announcement was within this tick.
   */
  announce: 'no' | 'now' | 'later';
  /** There is more to do at once. */
  more: boolean;
  /** Users let in from the line who have not used their entry yet. */
  unused: number;
  admitted: Admitted[];
}

export interface Admitted {
  userId: string;
  /** Where it is known. */
  waitedMs: number | undefined;
  /** Seconds that were estimated when the user came, where they were noted. */
  told: number | undefined;
}

const STATE = 12;
const STANDING = 7;
const CALLED = 1;
const JOINED = 2;
const ANNOUNCE = ['no', 'now', 'later'] as const;
/** The bins of waits grow by this factor, see `scripts/parts/counts.lua`. */
const WAIT_BIN = 1.1;

export function toRoomState(reply: Reply): RoomState {
  return {
    born: reply[0] as number,
    kept: reply[1] as number,
    seq: reply[2] as number,
    queueSize: reply[3] as number,
    inside: reply[4] as number,
    servedSeq: reply[5] as number,
    now: reply[6] as number,
    reborn: reply[7] as number,
    reformed: reply[8] === 1,
    phase: reply[9] as Phase,
    arrived: reply[10] as number,
    abandoned: reply[11] as number,
  };
}

/** @returns a value that the verb adds to the state; the first one by default */
export function added<T extends string | number>(reply: Reply, index = 0): T {
  return reply[STATE + index] as T;
}

/** Reads what `visit.lua` adds: one text of all users. */
export function toStandings(reply: Reply): Standing[] {
  const text = added<string>(reply);
  const values = text === '' ? [] : text.split(' ');
  const standings: Standing[] = [];
  for (let at = 0; at < values.length; at += STANDING) standings.push(toStanding(values, at));
  return standings;
}

function toStanding(values: string[], at: number): Standing {
  const number = (index: number) => Number(values[at + index]);
  const flags = number(6);
  return {
    state: values[at] as StandingState,
    sequence: number(1),
    position: number(2),
    estimatedWait: number(3),
    estimatedWaitRange: { min: number(4), max: number(5) },
    called: (flags & CALLED) !== 0,
    joined: (flags & JOINED) !== 0,
  };
}

export function toAdmission(reply: Reply, room: RoomState): Admission {
  const admitted: Admitted[] = [];
  for (let at = STATE + 3; at < reply.length; at += 3) {
    const waited = reply[at + 1] as number;
    const told = reply[at + 2] as number;
    admitted.push({
      userId: unpackUuid(reply[at] as string),
      waitedMs: waited < 0 ? undefined : waited,
      told: told < 0 ? undefined : told,
    });
  }
  return {
    room,
    announce: ANNOUNCE[added<0 | 1 | 2>(reply)],
    more: added(reply, 1) === 1,
    unused: added(reply, 2),
    admitted,
  };
}

export function toTally(reply: Reply): Tally {
  const tally: Tally = { arrivals: 0, admissions: 0, abandonments: 0, waits: new Map(), errors: new Map() };
  for (let at = STATE + 2; at < reply.length; at += 2) {
    const [kind, bin] = String(reply[at]).split(':') as [string, string?];
    const people = Number(reply[at + 1]);
    if (kind === 'J') tally.arrivals = people;
    else if (kind === 'A') tally.admissions = people;
    else if (kind === 'L') tally.abandonments = people;
    else if (kind === 'w') tally.waits.set(WAIT_BIN ** (Number(bin) + 0.5) - 1, people);
    else tally.errors.set(Number(bin), people);
  }
  return tally;
}
