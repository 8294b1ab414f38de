import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Commands } from '../../../../src/waiting-room/redis/commands.ts';
import type { RoomState } from '../../../../src/waiting-room/types.ts';
import type { Claim, Heard } from './lost-state.ts';
import type { WaitingRoomModel } from './model.ts';
import { type Deed, PEOPLE, type Shown } from './steps.ts';

/** What a verb says, as far as the model knows it. */
export type Said = { reformed: boolean; room: Partial<RoomState> } & Record<string, unknown>;

export const people: string[] = Array.from({ length: PEOPLE }, () => randomUUID());
export const nameOf = (user: number) => people[user] as string;

interface Place {
  commands: Commands;
  eventId: string;
  /** What the instance heard last. */
  heard: Heard | undefined;
  model: WaitingRoomModel;
  /** Who shows what. */
  shown: Map<string, Claim>;
}

export function showing(deed: Deed): [string, Shown][] {
  if (deed.verb === 'visit') return deed.people.map(({ user, shows }) => [nameOf(user), shows]);
  return deed.verb === 'leave' ? [[nameOf(deed.user), deed.shows]] : [];
}

/** @returns what the waiting room will have said, and what the model says when it is its turn */
export function start(
  deed: Deed,
  { commands, eventId, heard, model, shown }: Place,
): { said: Promise<Said>; model: () => { heard: Heard | undefined; restored?: string[] } & Said } {
  switch (deed.verb) {
    case 'visit': {
      const visitors = [...shown].map(([user, claim]) => ({ user, claim }));
      const asked = visitors.map(({ user, claim }) => ({ userId: user, claim: toText(claim) }));
      return {
        said: commands.visit(eventId, deed.mode, asked).then(({ room, abandoned, standings }) => ({
          ...toSaid(room),
          abandoned,
          standings: standings.map(({ estimatedWait, estimatedWaitRange, ...standing }) => {
            expect(estimatedWaitRange.min).toBeLessThanOrEqual(estimatedWait);
            expect(estimatedWait).toBeLessThanOrEqual(estimatedWaitRange.max);
            return standing;
          }),
        })),
        model: () => model.visit(heard, deed.mode, visitors),
      };
    }
    case 'leave': {
      const [[userId, claim]] = [...shown] as [[string, Claim]];
      const leaving = commands.leave(eventId, { userId, claim: toText(claim) }, deed.onlyInside);
      return {
        said: leaving.then(({ room, had }) => ({ ...toSaid(room), had })),
        model: () => model.leave(heard, userId, claim, deed.onlyInside),
      };
    }
    case 'admit':
      return {
        said: commands.admit(eventId).then(({ room, admitted, abandoned, unused }) => ({
          ...toSaid(room),
          admitted: admitted.map(({ userId }) => userId),
          abandoned,
          unused,
        })),
        model: () => model.admit(heard),
      };
    case 'sweep':
      return {
        said: commands.sweep(eventId).then(({ room, removed }) => ({ ...toSaid(room), removed })),
        model: () => model.sweep(heard),
      };
    case 'clear':
      return {
        said: commands.clear(eventId).then(({ room, people: gone }) => ({ ...toSaid(room), people: gone })),
        model: () => model.clear(heard),
      };
    case 'overview':
      return {
        said: commands.overview(eventId).then(({ room }) => toSaid(room)),
        model: () => model.look(heard),
      };
  }
}

function toSaid({ reformed, phase, queueSize, inside, seq, servedSeq }: RoomState): Said {
  return { reformed, room: { phase, queueSize, inside, seq, servedSeq } };
}

function toText(claim: Claim): string | undefined {
  if (typeof claim !== 'object') return claim;
  return claim.kind === 'inside' ? `P${claim.at}` : `T${claim.at}:${claim.sequence}`;
}
