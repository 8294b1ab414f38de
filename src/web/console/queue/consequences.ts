import type { QueueAdmin } from '../../../client/index.ts';

/** A change of one setting. Null stands for the service's default, or for none. */
export type Change =
  | { setting: 'threshold'; value: number | null }
  | { setting: 'drainPerSecond'; value: number | null }
  | { setting: 'paused'; value: boolean }
  | { setting: 'lobbyMinutes'; value: number | null }
  | { setting: 'waitingTtlSeconds'; value: number | null }
  | { setting: 'clear' };

/** What a change does to people, with the numbers that it depends on. The texts are in consequence-texts.ts. */
export interface Facts {
  /** They keep their places. */
  wait: { waiting: number };
  nobodyWaits: object;
  /** So many come in at once. */
  comeIn: { people: number; waiting: number };
  /** So many come in, but only so many a second. */
  comeInSlowly: { people: number; waiting: number; perSecond: number; seconds: number };
  /** Someone comes in again when so many of those inside have left. */
  untilLeft: { leave: number; inside: number };
  /** A place that gets free goes to the next one. */
  whenLeft: { inside: number };
  room: { places: number };
  closed: object;
  stillPaused: object;
  /** People in the lobby come in after the draw. */
  drawFirst: { lobby: number };
  defaultUnknown: object;
  insideStay: { inside: number };
  newcomersWait: object;
  pace: { waiting: number; perSecond: number; seconds: number };
  newcomersPaced: { perSecond: number };
  lobbyOpens: { at: number; draw: number };
  lobbyOpensNow: { draw: number; people: number };
  insideLoseEntry: { inside: number };
  lobbyEnds: { people: number };
  lobbyNever: object;
  silenceEnds: { seconds: number; silent: number; waiting: number };
  silenceKeeps: { seconds: number; silent: number };
  sentHome: { waiting: number; lobby: number; inside: number };
  proofsVoid: object;
  reservationsStay: object;
}

export type Consequence = { [Kind in keyof Facts]: { kind: Kind } & Facts[Kind] }[keyof Facts];

/** @param startsAt when the sale starts, and `now`, in ms since 1970 */
export function consequencesOf(
  change: Change,
  room: QueueAdmin,
  { startsAt, now }: { startsAt: number; now: number },
): Consequence[] {
  switch (change.setting) {
    case 'threshold':
      return ofThreshold(change.value, room);
    case 'drainPerSecond':
      return ofDrain(change.value, room);
    case 'paused':
      return change.value ? ofPause(room) : ofAdmission({ ...room, paused: false });
    case 'lobbyMinutes':
      return ofLobby(change.value, room, startsAt, now);
    case 'waitingTtlSeconds':
      return ofSilence(change.value, room);
    case 'clear':
      return ofClear(room);
  }
}

function ofThreshold(threshold: number | null, room: QueueAdmin): Consequence[] {
  if (threshold === null) return [{ kind: 'defaultUnknown' }];
  if (threshold === 0) return [...ofLine(room), { kind: 'closed' }, ...ofInside(room)];
  const stays = threshold < room.currentUsers ? ofInside(room) : [];
  return [...ofAdmission({ ...room, threshold }), ...stays];
}

function ofDrain(perSecond: number | null, room: QueueAdmin): Consequence[] {
  const admission = ofAdmission({ ...room, drainPerSecond: perSecond });
  if (perSecond === null) return admission;
  const waiting = room.queueSize;
  const seconds = Math.ceil(waiting / perSecond);
  return [
    ...admission,
    ...(waiting > 0 ? [{ kind: 'pace', waiting, perSecond, seconds } as const] : []),
    { kind: 'newcomersPaced', perSecond },
  ];
}

function ofPause(room: QueueAdmin): Consequence[] {
  return [...ofLine(room), { kind: 'newcomersWait' }, ...ofInside(room)];
}

/** Who comes in with these settings, as many as wait and are inside now. */
function ofAdmission(room: QueueAdmin): Consequence[] {
  const { queueSize: waiting, currentUsers: inside, threshold, drainPerSecond: perSecond } = room;
  if (room.paused) return [...ofLine(room), { kind: 'stillPaused' }];
  if (room.lobbySize > 0) return [{ kind: 'drawFirst', lobby: room.lobbySize }];
  const places = threshold - inside;
  if (waiting === 0) {
    if (places > 0) return [{ kind: 'nobodyWaits' }, { kind: 'room', places }];
    return [{ kind: 'nobodyWaits' }, { kind: 'newcomersWait' }, ...whenFull(inside, threshold)];
  }
  if (places <= 0) return [...ofLine(room), ...whenFull(inside, threshold)];
  const people = Math.min(places, waiting);
  if (perSecond === null || people <= perSecond) return [{ kind: 'comeIn', people, waiting }];
  return [{ kind: 'comeInSlowly', people, waiting, perSecond, seconds: Math.ceil(people / perSecond) }];
}

function whenFull(inside: number, threshold: number): Consequence[] {
  const leave = inside - threshold;
  return leave > 0 ? [{ kind: 'untilLeft', leave, inside }] : [{ kind: 'whenLeft', inside }];
}

function ofLobby(minutes: number | null, room: QueueAdmin, startsAt: number, now: number): Consequence[] {
  const { queueSize, currentUsers: inside, lobbySize } = room;
  if (minutes === null) {
    return lobbySize > 0 ? [{ kind: 'lobbyEnds', people: lobbySize }] : [{ kind: 'lobbyNever' }];
  }
  const opensAt = startsAt - minutes * 60_000;
  if (opensAt <= now) return [{ kind: 'lobbyOpensNow', draw: startsAt, people: queueSize + inside }];
  return [
    { kind: 'lobbyOpens', at: opensAt, draw: startsAt },
    ...(inside > 0 ? [{ kind: 'insideLoseEntry', inside } as const] : []),
  ];
}

function ofSilence(seconds: number | null, room: QueueAdmin): Consequence[] {
  if (seconds === null) return [...ofLine(room), { kind: 'defaultUnknown' }];
  const { silentSize: silent, queueSize: waiting } = room;
  if (seconds >= room.waitingTtlSeconds) return [{ kind: 'silenceKeeps', seconds, silent }];
  return [{ kind: 'silenceEnds', seconds, silent, waiting }];
}

function ofClear({ queueSize, lobbySize, currentUsers }: QueueAdmin): Consequence[] {
  // The lobby stands before the line, and `queueSize` has both.
  const waiting = Math.max(0, queueSize - lobbySize);
  return [
    { kind: 'sentHome', waiting, lobby: lobbySize, inside: currentUsers },
    { kind: 'proofsVoid' },
    { kind: 'reservationsStay' },
  ];
}

function ofLine({ queueSize }: QueueAdmin): Consequence[] {
  return queueSize > 0 ? [{ kind: 'wait', waiting: queueSize }] : [{ kind: 'nobodyWaits' }];
}

function ofInside({ currentUsers: inside }: QueueAdmin): Consequence[] {
  return inside > 0 ? [{ kind: 'insideStay', inside }] : [];
}
