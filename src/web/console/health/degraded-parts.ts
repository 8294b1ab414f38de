import { texts } from '../../shared/language.ts';

interface Part {
  name: string;
  works: string;
}

/** What the service sells without, as `tiketi_degraded` names it, and what goes on all the same. */
const t = texts<Record<'entry' | 'seat_locks' | 'fan_out', Part> & { other: (name: string) => Part }>({
  ko: {
    entry: {
      name: '대기열 입장 확인',
      works:
        '줄이 없는 이벤트는 모두에게 판매해요. 줄이 있던 이벤트는 이미 입장한 사람만 예매하고, 나머지는 잠시 기다리라는 안내를 받아요.',
    },
    seat_locks: {
      name: '좌석 잠금',
      works:
        '좌석마다 한 번만 팔리는 것은 PostgreSQL이 지켜요. 경쟁이 심한 좌석에서 응답이 조금 늦을 수 있어요.',
    },
    fan_out: {
      name: '인스턴스 간 실시간 전달',
      works:
        '좌석과 재고의 변화는 1초 안에 PostgreSQL에서 읽어요. 다른 알림은 같은 인스턴스에 연결된 사람에게만 전달돼요.',
    },
    other: (name) => ({ name, works: '이 기능 없이 판매를 계속하고 있어요.' }),
  },
  en: {
    entry: {
      name: 'Entry from waiting rooms',
      works:
        'Events without a line sell to everyone. Where a line stood, people inside go on buying, and everyone else is asked to wait a moment.',
    },
    seat_locks: {
      name: 'Seat locks',
      works:
        'PostgreSQL alone makes sure that each seat sells once. Answers for contested seats may be a little slower.',
    },
    fan_out: {
      name: 'Live updates between instances',
      works:
        'Changes of seats and stock are read from PostgreSQL within a second. Other announcements reach the people who are connected to the same instance.',
    },
    other: (name) => ({ name, works: 'Sales go on without it.' }),
  },
});

export function degradedPart(name: string): Part {
  if (name === 'entry' || name === 'seat_locks' || name === 'fan_out') return t.value[name];
  return t.value.other(name);
}
