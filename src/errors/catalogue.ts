import type { Text } from '../lib/language.ts';

export interface CatalogueEntry extends Text {
  status: number;
  /** Seconds, for the Retry-After header, where they are always the same. */
  retryAfter?: number;
}

/** Every error that the service answers with. Programs read the code, which never changes. People read the text. */
export const catalogue = {
  VALIDATION_FAILED: { status: 400, ko: '요청 값이 올바르지 않습니다.', en: 'The request is not valid.' },
  MALFORMED_BODY: {
    status: 400,
    ko: '요청 본문을 해석할 수 없습니다.',
    en: 'The request body could not be read.',
  },
  UNAUTHENTICATED: { status: 401, ko: '로그인이 필요합니다.', en: 'This request needs a bearer token.' },
  TOKEN_INVALID: { status: 401, ko: '인증 토큰이 올바르지 않습니다.', en: 'The token is not valid.' },
  TOKEN_EXPIRED: {
    status: 401,
    ko: '인증이 만료되었습니다. 다시 로그인해주세요.',
    en: 'The token has expired. Sign in again.',
  },
  FORBIDDEN: { status: 403, ko: '권한이 없습니다.', en: 'You are not allowed to do this.' },
  QUEUE_REQUIRED: {
    status: 403,
    ko: '대기열을 통과한 후 이용할 수 있습니다.',
    en: 'This event has a waiting room. Join it first.',
  },
  EVENT_NOT_FOUND: { status: 404, ko: '이벤트를 찾을 수 없습니다.', en: 'This event does not exist.' },
  TICKET_TYPE_NOT_FOUND: {
    status: 404,
    ko: '티켓 타입을 찾을 수 없습니다.',
    en: 'This ticket type does not exist.',
  },
  SEAT_NOT_FOUND: {
    status: 404,
    ko: '좌석을 찾을 수 없습니다.',
    en: 'This event does not have such a seat.',
  },
  SEAT_MAP_NOT_FOUND: {
    status: 404,
    ko: '좌석 선택을 지원하지 않는 이벤트입니다.',
    en: 'This event does not have seat selection.',
  },
  RESERVATION_NOT_FOUND: {
    status: 404,
    ko: '예매를 찾을 수 없습니다.',
    en: 'This reservation does not exist.',
  },
  LOTTERY_NOT_FOUND: {
    status: 404,
    ko: '추첨 정보를 찾을 수 없습니다.',
    en: 'This event has no lottery, or its order is not drawn yet.',
  },
  LAYOUT_NOT_FOUND: { status: 404, ko: '좌석 배치도를 찾을 수 없습니다.', en: 'This hall does not exist.' },
  SEAT_BLOCK_NOT_FOUND: {
    status: 404,
    ko: '좌석 묶음을 찾을 수 없습니다.',
    en: 'This event does not have such a block of seats.',
  },
  WEBHOOK_NOT_FOUND: { status: 404, ko: '웹훅을 찾을 수 없습니다.', en: 'This webhook does not exist.' },
  DELIVERY_NOT_FOUND: {
    status: 404,
    ko: '전송 기록을 찾을 수 없습니다.',
    en: 'This webhook has no such delivery.',
  },
  ROUTE_NOT_FOUND: { status: 404, ko: '요청한 경로를 찾을 수 없습니다.', en: 'This route does not exist.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    ko: '이 경로에서 지원하지 않는 메서드입니다.',
    en: 'This route does not have this method.',
  },
  SEAT_UNAVAILABLE: {
    status: 409,
    ko: '이미 선택되었거나 판매된 좌석입니다.',
    en: 'A seat is already held or sold.',
  },
  SEAT_EXISTS: {
    status: 409,
    ko: '이미 있는 좌석입니다.',
    en: 'The event already has one of these seats.',
  },
  SECTION_IN_USE: {
    status: 409,
    ko: '예매된 적이 있는 구역은 삭제할 수 없습니다.',
    en: 'A seat of this section is or was reserved.',
  },
  SEAT_LOCKED: {
    status: 409,
    ko: '다른 사용자가 선택 중인 좌석입니다. 잠시 후 다시 시도해주세요.',
    en: 'Another user is taking this seat. Try again in a moment.',
  },
  SOLD_OUT: { status: 409, ko: '남은 티켓이 부족합니다.', en: 'There are not enough tickets left.' },
  RESERVATION_NOT_CANCELLABLE: {
    status: 409,
    ko: '취소할 수 없는 예매입니다.',
    en: 'This reservation can no longer be cancelled.',
  },
  ITEMS_NOT_HELD: {
    status: 409,
    ko: '예매에 포함되지 않은 좌석이나 티켓입니다.',
    en: 'The reservation does not have these seats or this many tickets.',
  },
  RESERVATION_NOT_EXTENDABLE: {
    status: 409,
    ko: '연장할 수 없는 예매입니다.',
    en: 'This reservation cannot be extended.',
  },
  ALREADY_PAID: { status: 409, ko: '이미 결제된 예매입니다.', en: 'This reservation is already paid.' },
  PAYMENT_REUSED: {
    status: 409,
    ko: '다른 예매에 사용된 결제입니다.',
    en: 'This payment has already paid for another reservation.',
  },
  REFUND_NOT_DUE: {
    status: 409,
    ko: '환불할 결제가 없는 예매입니다.',
    en: 'This reservation has no payment to refund.',
  },
  LAYOUT_NAME_TAKEN: {
    status: 409,
    ko: '같은 이름의 좌석 배치도가 이미 있습니다.',
    en: 'Another hall has this name.',
  },
  LAYOUT_IN_USE: {
    status: 409,
    ko: '이벤트에서 사용 중인 좌석 배치도입니다.',
    en: 'An event uses this hall.',
  },
  EVENT_NOT_DRAFT: { status: 409, ko: '이미 공개된 이벤트입니다.', en: 'This event is published already.' },
  EVENT_NOT_PUBLISHED: {
    status: 409,
    ko: '아직 공개되지 않은 이벤트입니다.',
    en: 'This event is not published.',
  },
  EVENT_HAS_RESERVATIONS: {
    status: 409,
    ko: '예매 내역이 있어 비공개로 전환하거나 삭제할 수 없습니다.',
    en: 'This event has reservations, so it can be neither unpublished nor deleted.',
  },
  TOO_MANY_WEBHOOKS: {
    status: 409,
    ko: '등록할 수 있는 웹훅 수를 초과했습니다.',
    en: 'You have as many webhooks as one user may have.',
  },
  WEBHOOK_WITHOUT_URL: {
    status: 409,
    ko: '피드 구독에는 전송할 주소가 없습니다.',
    en: 'A subscription for the feed has no address to send to.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    ko: '같은 Idempotency-Key로 다른 요청을 보냈습니다.',
    en: 'This Idempotency-Key was already used for a different request.',
  },
  IDEMPOTENCY_IN_FLIGHT: {
    status: 409,
    retryAfter: 1,
    ko: '같은 요청을 처리하고 있습니다. 잠시 후 다시 시도해주세요.',
    en: 'The same request is still being processed. Try again in a moment.',
  },
  PAYMENT_TOO_LATE: {
    status: 410,
    ko: '예매 시간이 만료되어 결제를 환불합니다.',
    en: 'The payment arrived too late and will be refunded.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    ko: '요청 시간이 초과되었습니다.',
    en: 'The request took too long to arrive.',
  },
  CHANGES_GONE: {
    status: 410,
    ko: '변경 내역이 더 이상 남아 있지 않습니다. 전체 정보를 다시 불러와주세요.',
    en: 'These changes are no longer kept. Load everything again.',
  },
  RESERVATION_EXPIRED: {
    status: 410,
    ko: '예매 시간이 만료되었습니다.',
    en: 'This reservation has expired.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    ko: '다른 사용자가 먼저 변경했습니다. 새로고침 후 다시 시도해주세요.',
    en: 'It was changed meanwhile. Read it again.',
  },
  BODY_TOO_LARGE: { status: 413, ko: '요청 본문이 너무 큽니다.', en: 'The request body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    ko: 'JSON 요청만 지원합니다.',
    en: 'Only JSON requests are supported.',
  },
  SALE_NOT_STARTED: {
    status: 422,
    ko: '아직 판매가 시작되지 않았습니다.',
    en: 'The sale has not started yet.',
  },
  SALE_ENDED: { status: 422, ko: '판매가 종료되었습니다.', en: 'The sale has ended.' },
  EVENT_CANCELLED: { status: 422, ko: '취소된 이벤트입니다.', en: 'This event is cancelled.' },
  TOO_MANY_SEATS: {
    status: 422,
    ko: '선택할 수 있는 좌석 수를 초과했습니다.',
    en: 'This is more seats than one person may hold.',
  },
  COMPANION_SEAT: {
    status: 422,
    ko: '동반자석은 옆의 휠체어석과 함께 선택해 주세요.',
    en: 'A companion seat is sold only together with the accessible seat beside it.',
  },
  TOO_MANY_TICKETS: {
    status: 422,
    ko: '예매할 수 있는 티켓 수를 초과했습니다.',
    en: 'This is more tickets than one person may hold.',
  },
  QUANTITY_NOT_ALLOWED: {
    status: 422,
    ko: '이 티켓 타입은 요청하신 수량으로 예매할 수 없습니다.',
    en: 'This ticket type cannot be reserved in this quantity.',
  },
  POSTER_NOT_FOUND: {
    status: 404,
    ko: '포스터를 찾을 수 없습니다.',
    en: 'This event has no uploaded poster.',
  },
  POSTER_NOT_ACCEPTED: {
    status: 422,
    ko: 'PNG, JPEG, WebP 형식의 온전한 이미지만 사용할 수 있습니다.',
    en: 'Only whole PNG, JPEG and WebP images are accepted.',
  },
  TOO_MANY_TICKET_TYPES: {
    status: 422,
    ko: '티켓 타입은 이벤트마다 100개까지 만들 수 있습니다.',
    en: 'An event has at most 100 ticket types.',
  },
  TOTAL_BELOW_CLAIMED: {
    status: 409,
    ko: '이미 예매된 수량보다 적게 줄일 수 없습니다.',
    en: 'The total cannot be lower than what is held or sold.',
  },
  TICKET_TYPE_IN_USE: {
    status: 409,
    ko: '예매 내역이 있는 티켓 타입은 삭제할 수 없습니다.',
    en: 'This ticket type has reservations and cannot be deleted.',
  },
  DUPLICATE_TICKET_TYPE: {
    status: 422,
    ko: '같은 티켓 타입이 두 번 포함되어 있습니다.',
    en: 'A ticket type is listed twice.',
  },
  AMOUNT_MISMATCH: {
    status: 422,
    ko: '결제 금액이 예매 금액과 다릅니다.',
    en: 'The amount differs from that of the reservation.',
  },
  LOBBY_TOO_LATE: {
    status: 422,
    ko: '이미 판매가 시작되어 추첨 대기실을 변경할 수 없습니다.',
    en: 'The sale has already started, so the lobby can no longer be changed.',
  },
  EVENT_INCOMPLETE: {
    status: 422,
    ko: '좌석 배치도나 티켓 타입이 없거나 일정의 순서가 올바르지 않습니다.',
    en: 'The event has neither a hall nor a ticket type, or its dates are not in order.',
  },
  PRECONDITION_REQUIRED: {
    status: 428,
    ko: 'If-Match 헤더가 필요합니다.',
    en: 'This request needs an If-Match header.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    ko: '요청이 너무 많습니다. 잠시 후 다시 시도해주세요.',
    en: 'Too many requests. Try again in a moment.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    ko: '요청 헤더가 너무 큽니다.',
    en: 'The request headers are too large.',
  },
  INTERNAL_ERROR: { status: 500, ko: '서버 오류가 발생했습니다.', en: 'An error occurred on the server.' },
  SERVICE_UNAVAILABLE: {
    status: 503,
    retryAfter: 1,
    ko: '일시적으로 서비스를 이용할 수 없습니다. 잠시 후 다시 시도해주세요.',
    en: 'The service is temporarily unavailable. Try again in a moment.',
  },
} satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
