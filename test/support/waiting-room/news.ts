import { randomUUID } from 'node:crypto';
import type { BetweenInstances } from '../../../src/realtime/types.ts';
import { RoomNews } from '../../../src/waiting-room/recovery/room-news.ts';
import type { Backend } from './each-redis.ts';
import type { InstanceOptions, WaitingRoom, WaitingRoomOptions } from './room-harness.ts';

type Rooms = Parameters<BetweenInstances['roomsKnown']>[0];

/** Instances that tell each other news, of which a test delivers what it likes. */
function startNews(room: WaitingRoom) {
  return (options: InstanceOptions = {}) => {
    const commands = room.instance(options);
    const told: Rooms[] = [];
    const self = {
      hear: (_: Rooms) => {},
      asked: () => {},
      hearing: () => {},
      reachesOthers: true,
      hasAsked: 0,
    };
    const news = new RoomNews(commands, {
      get reachesOthers() {
        return self.reachesOthers;
      },
      roomsKnown: (rooms) => void told.push(structuredClone(rooms)),
      onRoomsKnown: (listener) => {
        self.hear = listener;
      },
      askForRooms: () => {
        self.hasAsked++;
      },
      onRoomsAsked: (listener) => {
        self.asked = listener;
      },
      onHearing: (listener) => {
        self.hearing = listener;
      },
    });
    commands.onRoomState((eventId) => news.note(eventId));
    /** What it tells at a tick. */
    async function tells(): Promise<Rooms> {
      told.length = 0;
      await news.exchange();
      return told.flat();
    }
    const enter = (mode: 'enter' | 'check' | 'status' = 'enter', userId: string = randomUUID()) =>
      commands.visit(room.eventId, mode, [{ userId }]);
    return Object.assign(self, { commands, news, tells, enter });
  };
}

export type NewsInstance = ReturnType<ReturnType<typeof startNews>>;

/** A room for three, and as many instances as a test wants. */
export function instancesOn({ open, clients }: Backend) {
  return (options: WaitingRoomOptions = {}) => {
    const room = open({ threshold: 3, ...options });
    const instance = startNews(room);
    /** ms for which the second instance could not reach Redis. */
    const away = { ms: 0 };
    const second = { redis: clients()[1], awayMs: () => away.ms };
    return { room, away, instance, a: instance(), b: instance(second), c: instance() };
  };
}

/** What an instance finds: whether it noticed a loss, and how many are inside. */
export async function found({ commands }: NewsInstance, { eventId }: WaitingRoom) {
  const { room } = await commands.overview(eventId);
  return { reformed: room.reformed, inside: room.inside };
}
