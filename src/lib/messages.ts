import type { Text } from './language.ts';

/** The texts of successful answers and of announcements. The Korean is the reference's, word for word. */
export const messages = {
  seatsHeld: { ko: '좌석이 선택되었습니다.', en: 'The seats are held for you.' },
  reserved: { ko: '예매가 완료되었습니다.', en: 'Your tickets are reserved.' },
  extended: { ko: '예매 시간이 연장되었습니다.', en: 'You have more time to pay.' },
  confirmed: { ko: '결제가 완료되었습니다.', en: 'The payment is complete.' },
  refunded: { ko: '환불이 완료되었습니다.', en: 'The refund is complete.' },
  cancelled: { ko: '예매가 취소되었습니다.', en: 'The reservation is cancelled.' },
  layoutDeleted: { ko: '좌석 배치도가 삭제되었습니다.', en: 'The hall is deleted.' },
  eventDeleted: { ko: '이벤트가 삭제되었습니다.', en: 'The event is deleted.' },
  cancelledInPart: {
    ko: '선택한 좌석과 티켓이 취소되었습니다.',
    en: 'The selected seats and tickets are cancelled.',
  },
  posterDeleted: { ko: '포스터가 삭제되었습니다.', en: 'The poster is deleted.' },
  ticketTypeDeleted: { ko: '티켓 타입이 삭제되었습니다.', en: 'The ticket type is deleted.' },
  leftQueue: { ko: '대기열에서 나왔습니다.', en: 'You have left the waiting room.' },
  clearedQueue: { ko: '대기열이 초기화되었습니다.', en: 'The waiting room is cleared.' },
  queueCleared: {
    ko: '관리자가 대기열을 초기화했습니다.',
    en: 'An administrator has cleared the waiting room.',
  },
  entryAllowed: { ko: '입장이 허용되었습니다.', en: 'You may enter now.' },
  webhookDeleted: { ko: '웹훅이 삭제되었습니다.', en: 'The webhook is deleted.' },
} satisfies Record<string, Text>;
