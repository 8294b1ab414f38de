import { randomUUID } from 'node:crypto';
import type { BetweenInstances } from '../../../src/realtime/types.ts';
import { RoomNews } from '../../../src/waiting-room/recovery/room-news.ts';
import type { InstanceOptions, WaitingRoom } from './room-harness.ts';

type Rooms = Parameters<BetweenInstances['roomsKnown']>[0];

/** Instances that tell each other news, of which a test delivers what it likes. */
export function startNews(room: WaitingRoom) {
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
