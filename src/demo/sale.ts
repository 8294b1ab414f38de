import type { TiketiClient } from '../client/index.ts';

const HALL = '데모 공연장';
/** 588 seats. Row numbers start at the stage and continue through the sections. */
const SECTIONS = [
  { name: 'VIP', rows: 4, seatsPerRow: 20, startRow: 1, price: 165_000 },
  { name: 'R', rows: 8, seatsPerRow: 26, startRow: 5, price: 132_000 },
  { name: 'S', rows: 10, seatsPerRow: 30, startRow: 13, price: 99_000 },
];
/** Time to open the page and to see the lobby. */
const OPENS_IN_MS = 15_000;
/** Each one who is inside takes a quarter of a minute: so the hall sells in about two. */
const THRESHOLD = 60;
const HOLD_SECONDS = 60;
const DAY_MS = 86_400_000;

/** Publishes a new event that goes on sale in some seconds, behind a small waiting room with a lobby. */
export async function openSale(
  admin: TiketiClient,
  opensInMs = OPENS_IN_MS,
): Promise<{ eventId: string; seats: number; opensAt: Date }> {
  const opensAt = new Date(Date.now() + opensInMs);
  const day = (days: number) => new Date(opensAt.getTime() + days * DAY_MS).toISOString();
  const { event: draft } = await admin.createEvent({
    title: '데모 콘서트 〈오늘, 티켓 오픈〉',
    description: '천 명이 함께 예매하는 공연입니다. 대기열이 움직이고 좌석이 채워지는 모습을 지켜보세요.',
    venue: HALL,
    event_date: day(30),
    sale_start_date: opensAt.toISOString(),
    sale_end_date: day(29),
    seat_layout_id: await hallOf(admin),
    hold_seconds: HOLD_SECONDS,
  });
  const { event } = await admin.publishEvent({ id: draft.id });
  await admin.updateQueueSettings({ eventId: event.id, threshold: THRESHOLD, lobbyMinutes: 1 });
  return { eventId: event.id, seats: event.seat_count, opensAt };
}

/** The hall of the last demo, or a new one. */
async function hallOf(admin: TiketiClient): Promise<string> {
  const { layouts } = await admin.listSeatLayouts();
  const known = layouts.find(({ name }) => name === HALL);
  return known?.id ?? (await admin.createLayout({ name: HALL, sections: SECTIONS })).layout.id;
}
