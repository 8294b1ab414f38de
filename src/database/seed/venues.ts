/** Name and address. */
type Venue = readonly [name: string, address: string];

const table = {
  worldCupStadium: ['서울월드컵경기장', '서울특별시 마포구 월드컵로 240'],
  olympicStadium: ['잠실종합운동장 올림픽주경기장', '서울특별시 송파구 올림픽로 25'],
  jamsilArena: ['잠실실내체육관', '서울특별시 송파구 올림픽로 25'],
  gocheok: ['고척스카이돔', '서울특별시 구로구 경인로 430'],
  kspoDome: ['올림픽공원 KSPO DOME (체조경기장)', '서울특별시 송파구 올림픽로 424'],
  handballArena: ['올림픽공원 핸드볼경기장', '서울특별시 송파구 올림픽로 424'],
  olympicLawn: ['올림픽공원 88잔디마당', '서울특별시 송파구 올림픽로 424'],
  inspire: ['인스파이어 아레나', '인천광역시 중구 공항문화로 127'],
  songdoPark: ['송도달빛축제공원', '인천광역시 연수구 센트럴로 350'],
  busanAsiad: ['부산아시아드주경기장', '부산광역시 연제구 월드컵대로 344'],
  bexco: ['벡스코 오디토리움', '부산광역시 해운대구 APEC로 55'],
  busanDream: ['드림씨어터', '부산광역시 남구 전포대로 133'],
  exco: ['엑스코', '대구광역시 북구 엑스코로 10'],
  daeguOpera: ['대구오페라하우스', '대구광역시 북구 호암로 15'],
  jaraseom: ['자라섬', '경기도 가평군 가평읍 자라섬로 60'],
  yonseiAmphitheater: ['연세대학교 노천극장', '서울특별시 서대문구 연세로 50'],
  artsCenterConcert: ['예술의전당 콘서트홀', '서울특별시 서초구 남부순환로 2406'],
  artsCenterOpera: ['예술의전당 오페라극장', '서울특별시 서초구 남부순환로 2406'],
  lotteConcert: ['롯데콘서트홀', '서울특별시 송파구 올림픽로 300'],
  sejong: ['세종문화회관 대극장', '서울특별시 종로구 세종대로 175'],
  charlotte: ['샤롯데씨어터', '서울특별시 송파구 올림픽로 240'],
  blueSquare: ['블루스퀘어', '서울특별시 용산구 이태원로 294'],
  lgArts: ['LG아트센터 서울', '서울특별시 강서구 마곡중앙로 136'],
  dcube: ['디큐브 링크아트센터', '서울특별시 구로구 경인로 662'],
  universalArts: ['유니버설아트센터', '서울특별시 광진구 천호대로 664'],
  arkoSmall: ['아르코예술극장 소극장', '서울특별시 종로구 대학로8길 7'],
  nanta: ['명동 난타극장', '서울특별시 중구 명동길 26'],
  doosan: ['두산아트센터 연강홀', '서울특별시 종로구 종로33길 15'],
} as const satisfies Record<string, Venue>;

export type VenueName = keyof typeof table;
export const venues: Record<VenueName, Venue> = table;
