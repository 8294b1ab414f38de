import { count, durationText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Consequence, Facts } from './consequences.ts';

/** `time` writes a time of the event. */
type Sentences = { [Kind in keyof Facts]: (facts: Facts[Kind], time: (at: number) => string) => string };

/** "1 person", "1,204 people" */
const people = (n: number) => `${count(n)} ${n === 1 ? 'person' : 'people'}`;

const t = texts<Sentences>({
  ko: {
    wait: ({ waiting }) => `지금 ${count(waiting)}명이 기다리고 있고, 순번은 그대로예요.`,
    nobodyWaits: () => '지금 기다리는 사람은 없어요.',
    comeIn: ({ people, waiting }) => `기다리는 ${count(waiting)}명 중 ${count(people)}명이 바로 입장해요.`,
    comeInSlowly: ({ people, waiting, perSecond, seconds }) =>
      `기다리는 ${count(waiting)}명 중 ${count(people)}명이 초당 최대 ${count(perSecond)}명씩, 약 ${durationText(seconds * 1_000)} 동안 입장해요.`,
    untilLeft: ({ leave, inside }) =>
      `입장해 있는 ${count(inside)}명 중 ${count(leave)}명이 나갈 때까지 아무도 새로 입장하지 못해요.`,
    whenLeft: ({ inside }) => `입장해 있는 ${count(inside)}명 중 한 명이 나갈 때마다 다음 사람이 입장해요.`,
    room: ({ places }) => `앞으로 ${count(places)}명은 기다리지 않고 바로 입장할 수 있어요.`,
    closed: () => '정원이 0명인 동안에는 아무도 입장하지 못하고, 새로 오는 사람은 줄을 서요.',
    stillPaused: () => '입장이 일시정지되어 있어서, 재개할 때까지는 아무도 입장하지 못해요.',
    drawFirst: ({ lobby }) => `추첨 대기실의 ${count(lobby)}명은 판매가 시작될 때 추첨한 뒤에 입장해요.`,
    defaultUnknown: () => '이 이벤트의 값을 지우고 서비스의 기본값을 따라요.',
    insideStay: ({ inside }) => `이미 입장한 ${count(inside)}명은 그대로 예매할 수 있어요.`,
    newcomersWait: () => '새로 오는 사람은 줄을 서요.',
    pace: ({ waiting, perSecond, seconds }) =>
      `초당 ${count(perSecond)}명이면 ${count(waiting)}명이 모두 입장하는 데 적어도 ${durationText(seconds * 1_000)} 걸려요. 자리가 그만큼 빨리 나야 해요.`,
    newcomersPaced: ({ perSecond }) => `줄이 없어도 초당 ${count(perSecond)}명보다 빨리 오면 줄이 생겨요.`,
    lobbyOpens: ({ at, draw }, time) =>
      `추첨 대기실은 ${time(at)}에 열려요. 그때부터 온 사람의 순번을 ${time(draw)}에 추첨해요.`,
    lobbyOpensNow: ({ draw, people }, time) =>
      people > 0
        ? `추첨 대기실이 바로 열려요. 지금 있는 ${count(people)}명도 모두 대기실로 옮겨지고, 순번은 ${time(draw)}에 추첨해요.`
        : `추첨 대기실이 바로 열려요. 순번은 ${time(draw)}에 추첨해요.`,
    insideLoseEntry: ({ inside }) =>
      `이미 입장한 ${count(inside)}명은 입장이 취소되고, 대기실이 열리면 다시 와야 해요.`,
    lobbyEnds: ({ people }) =>
      `추첨 없이 대기실을 닫아요. 대기실의 ${count(people)}명은 다시 접속하는 순서대로 줄을 서요.`,
    lobbyNever: () => '추첨 없이, 오는 순서대로 입장하거나 줄을 서요.',
    silenceEnds: ({ seconds, silent, waiting }) =>
      `${durationText(seconds * 1_000)} 넘게 응답이 없는 사람은 몇 초 안에 순번을 잃어요. 기다리는 ${count(waiting)}명 중 ${count(silent)}명이 한동안 응답이 없어요.`,
    silenceKeeps: ({ seconds, silent }) =>
      `응답이 없어도 ${durationText(seconds * 1_000)} 동안 순번을 지켜요. 지금 응답이 없는 ${count(silent)}명도 그만큼 더 기다려 줘요.`,
    sentHome: ({ waiting, lobby, inside }) =>
      `줄에 있는 ${count(waiting)}명${lobby > 0 ? `, 추첨 대기실의 ${count(lobby)}명` : ''}, 입장한 ${count(inside)}명이 모두 자리를 잃어요.`,
    proofsVoid: () => '받은 순번과 입장권은 무효가 되고, 다시 오면 줄의 맨 뒤에 서요. 되돌릴 수 없어요.',
    reservationsStay: () => '예매와 선점한 좌석은 그대로 남아서 결제할 수 있어요.',
  },
  en: {
    wait: ({ waiting }) => `${people(waiting)} wait now, and keep their places.`,
    nobodyWaits: () => 'No one waits now.',
    comeIn: ({ people: n, waiting }) => `${people(n)} of the ${count(waiting)} waiting come in at once.`,
    comeInSlowly: ({ people: n, waiting, perSecond, seconds }) =>
      `${people(n)} of the ${count(waiting)} waiting come in, at most ${count(perSecond)} a second. That takes about ${durationText(seconds * 1_000)}.`,
    untilLeft: ({ leave, inside }) =>
      `No one comes in until ${count(leave)} of the ${count(inside)} inside have left.`,
    whenLeft: ({ inside }) => `The next person comes in whenever one of the ${count(inside)} inside leaves.`,
    room: ({ places }) => `Another ${people(places)} can come in without waiting.`,
    closed: () => 'While the threshold is 0 no one comes in, and newcomers stand in line.',
    stillPaused: () => 'Admission is paused: no one comes in until it resumes.',
    drawFirst: ({ lobby }) =>
      `The ${people(lobby)} in the lobby come in after the draw, when the sale starts.`,
    defaultUnknown: () => "The event's own value goes, and the default of the service applies.",
    insideStay: ({ inside }) => `The ${people(inside)} inside stay, and can go on buying.`,
    newcomersWait: () => 'Newcomers stand in line.',
    pace: ({ waiting, perSecond, seconds }) =>
      `At ${count(perSecond)} a second, all ${count(waiting)} are in after ${durationText(seconds * 1_000)} at the earliest, if places get free that quickly.`,
    newcomersPaced: ({ perSecond }) =>
      `If more than ${count(perSecond)} people a second arrive, they stand in line even while there is room.`,
    lobbyOpens: ({ at, draw }, time) =>
      `The lobby opens on ${time(at)}. The order of everyone who comes from then on is drawn on ${time(draw)}.`,
    lobbyOpensNow: ({ draw, people: n }, time) =>
      n > 0
        ? `The lobby opens at once, and all ${people(n)} who are here now move into it. Their order is drawn on ${time(draw)}.`
        : `The lobby opens at once. The order is drawn on ${time(draw)}.`,
    insideLoseEntry: ({ inside }) =>
      `The ${people(inside)} inside lose their entry, and have to come back when the lobby is open.`,
    lobbyEnds: ({ people: n }) =>
      `The lobby closes without a draw. Its ${people(n)} stand in line in the order in which they are next in contact.`,
    lobbyNever: () => 'There is no draw: people come in, or stand in line, in the order of their arrival.',
    silenceEnds: ({ seconds, silent, waiting }) =>
      `Silence of more than ${durationText(seconds * 1_000)} ends a place within seconds. ${count(silent)} of the ${count(waiting)} waiting have been silent for some time.`,
    silenceKeeps: ({ seconds, silent }) =>
      `A place is kept through ${durationText(seconds * 1_000)} of silence, also for the ${people(silent)} who are silent now.`,
    sentHome: ({ waiting, lobby, inside }) =>
      `${people(waiting)} in line${lobby > 0 ? `, ${count(lobby)} in the lobby` : ''} and ${count(inside)} inside lose their places.`,
    proofsVoid: () =>
      'The places that they were given are void. People who come back stand at the end. This cannot be undone.',
    reservationsStay: () => 'Reservations and held seats stay, and can still be paid.',
  },
});

export function consequenceText(consequence: Consequence, time: (at: number) => string): string {
  const sentence = t.value[consequence.kind] as (facts: Consequence, time: (at: number) => string) => string;
  return sentence(consequence, time);
}
