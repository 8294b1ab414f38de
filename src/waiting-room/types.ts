/** `claim`: the user has to show a proof of the place that they had before a loss. */
export type StandingState = State | 'claim';
export type State = 'inside' | 'waiting' | 'lobby' | 'outside';
/** `early`: the lobby isn't open yet; `lobby`: it is; `drawing`: it is closed, and its lottery not drawn yet. */
export type Phase = 'early' | 'lobby' | 'drawing' | 'open';
/** `status`: contact only; `enter`: goes inside if no user waits; `check`: the same, else takes a place in line. */
export type Mode = 'status' | 'enter' | 'check';

/** The state of an event's waiting room at one moment. Times are in ms since 1970, by the clock of Redis. */
export interface RoomState {
  /** When the room began: its identity. 0: there is none. */
  born: number;
  /** When its keys were last given an end. */
  kept: number;
  /** The last sequence number given. */
  seq: number;
  /** Users in line, and in the lobby while there is one. */
  queueSize: number;
  /** Users inside. */
  inside: number;
  /** Users with a higher sequence number still wait. Their position is about the difference. */
  servedSeq: number;
  now: number;
  /** When a loss of this room, or its standstill, was noticed. 0: never, or so long ago that no proof from before it counts. */
  reborn: number;
  /** This very command noticed it. */
  reformed: boolean;
  phase: Phase;
  /** Users who joined the line by this very command, and users whom the line lost by it otherwise than by admission. */
  arrived: number;
  abandoned: number;
}

/** The settings of one event's waiting room. Times are in ms since 1970. */
export interface RoomSettings {
  /** Users inside at the same time. */
  threshold: number;
  /** The most users let in from the line per second. */
  drainPerSecond: number | undefined;
  /** No user is let in. */
  paused: boolean;
  /** Seconds without contact that end a place in line or in the lobby. */
  waitingTtlSeconds: number;
  /** When the lobby opens, and when the sale starts and the lottery is drawn. Both are set for an event with a lobby. */
  lobbyOpensAt: number | undefined;
  startsAt: number | undefined;
  /** The lottery is drawn, and its order stored. */
  drawn: boolean;
  /** Proofs given before this time are void. */
  clearedAt: number | undefined;
}

/** What a user shows of their place in a waiting room: the latest tokens that they were given. Not verified yet. */
export interface Tokens {
  pass?: string | undefined;
  ticket?: string | undefined;
}

export interface Person {
  userId: string;
  tokens?: Tokens | undefined;
}

/** That a user had a place at a time. */
export interface Claim {
  kind: 'inside' | 'waiting';
  /** ms since 1970, by the clock of Redis. */
  at: number;
  /** 0 for a user inside, or in the lobby. */
  sequence: number;
}

/** Where a user stands in the waiting room of an event. */
export interface Standing {
  state: StandingState;
  /** 0 for users who don't wait. */
  sequence: number;
  /** From 1. For a user outside the one that they would get; 0 for all others. */
  position: number;
  /** Seconds until the user's turn, or until the draw. */
  estimatedWait: number;
  estimatedWaitRange: { min: number; max: number };
  /** Let in from the line, and the entry is not used yet. */
  called: boolean;
  /** Took a place in line, or in the lobby, by this command. */
  joined: boolean;
}

/** One contact of a user with a waiting room. */
export interface Visit {
  room: RoomState;
  standing: Standing;
}

/** What the line did in the last hour. */
export interface Tally {
  arrivals: number;
  admissions: number;
  abandonments: number;
  /** Seconds -> users. */
  waits: Map<number, number>;
  /** Hundredths of the time waited -> users. */
  errors: Map<number, number>;
}

/** The users of one event. */
export interface Counts {
  room: RoomState;
  lobbySize: number;
  /** Users in line or in the lobby who have been silent for as long as a place inside lasts. Estimated for a long line. */
  silentSize: number;
  tally: Tally;
}

/** The place in line that a user has or would get. Waits are in whole seconds. */
export interface PlaceInLine {
  queued: boolean;
  position: number;
  queueSize: number;
  estimatedWait: number;
  estimatedWaitRange: { min: number; max: number };
}
