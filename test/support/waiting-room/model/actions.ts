import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Commands } from '../../../../src/waiting-room/redis/commands.ts';
import type { RoomState } from '../../../../src/waiting-room/types.ts';
import type { Claim, Heard } from './lost-state.ts';
import type { WaitingRoomModel } from './model.ts';
import { type Action, PEOPLE, type Shown } from './steps.ts';

/** The answer of a command, as far as the model knows it. */
export type Answer = { reformed: boolean; room: Partial<RoomState> } & Record<string, unknown>;

export const people: string[] = Array.from({ length: PEOPLE }, () => randomUUID());
export const nameOf = (user: number) => people[user] as string;

interface Place {
  commands: Commands;
  eventId: string;
  /** What the instance knew of the room last. */
  heard: Heard | undefined;
  model: WaitingRoomModel;
  /** The proof that each user shows. */
  shown: Map<string, Claim>;
}

export function showing(action: Action): [string, Shown][] {
  if (action.verb === 'visit') return action.people.map(({ user, shows }) => [nameOf(user), shows]);
  return action.verb === 'leave' ? [[nameOf(action.user), action.shows]] : [];
}

/** Starts an action in the waiting room. @returns its answer, and the model's, to be computed in the same order */
export function start(
  action: Action,
  { commands, eventId, heard, model, shown }: Place,
): { said: Promise<Answer>; model: () => { heard: Heard | undefined; restored?: string[] } & Answer } {
  switch (action.verb) {
    case 'visit': {
      const visitors = [...shown].map(([user, claim]) => ({ user, claim }));
      const asked = visitors.map(({ user, claim }) => ({ userId: user, claim: toText(claim) }));
      return {
        said: commands.visit(eventId, action.mode, asked).then(({ room, standings }) => ({
          ...toAnswer(room),
          standings: standings.map(({ estimatedWait, estimatedWaitRange, ...standing }) => {
            expect(estimatedWaitRange.min).toBeLessThanOrEqual(estimatedWait);
            expect(estimatedWait).toBeLessThanOrEqual(estimatedWaitRange.max);
            return standing;
          }),
        })),
        model: () => model.visit(heard, action.mode, visitors),
      };
    }
    case 'leave': {
      const [[userId, claim]] = [...shown] as [[string, Claim]];
      const leaving = commands.leave(eventId, { userId, claim: toText(claim) }, action.onlyInside);
      return {
        said: leaving.then(({ room, had }) => ({ ...toAnswer(room), had })),
        model: () => model.leave(heard, userId, claim, action.onlyInside),
      };
    }
    case 'admit':
      return {
        said: commands.admit(eventId).then(({ room, admitted, unused }) => ({
          ...toAnswer(room),
          admitted: admitted.map(({ userId }) => userId),
          unused,
        })),
        model: () => model.admit(heard),
      };
    case 'sweep':
      return {
        said: commands.sweep(eventId).then(({ room }) => toAnswer(room)),
        model: () => model.sweep(heard),
      };
    case 'clear':
      return {
        said: commands.clear(eventId).then(({ room, people: gone }) => ({ ...toAnswer(room), people: gone })),
        model: () => model.clear(heard),
      };
    case 'overview':
      return {
        said: commands.overview(eventId).then(({ room }) => toAnswer(room)),
        model: () => model.look(heard),
      };
  }
}

function toAnswer({ reformed, now, born, kept, reborn, ...room }: RoomState): Answer {
  return { reformed, room };
}

function toText(claim: Claim): string | undefined {
  if (typeof claim !== 'object') return claim;
  return claim.kind === 'inside' ? `P${claim.at}` : `T${claim.at}:${claim.sequence}`;
}
