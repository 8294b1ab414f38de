export type Language = 'ko' | 'en';
export type Text = Record<Language, string>;

/**
 * The language of the messages for people: Korean, the product's own, unless the caller prefers English.
 *
 * @param header an Accept-Language header (RFC 9110, 12.5.4)
 */
export function preferredLanguage(header: string | undefined): Language {
  if (header === undefined) return 'ko';
  const quality = { ko: 0, en: 0 };
  for (const part of header.toLowerCase().split(',', 20)) {
    const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const language = tag.split('-')[0];
    if (language !== 'ko' && language !== 'en') continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    quality[language] = Math.max(quality[language], q === undefined ? 1 : Number.parseFloat(q.slice(2)) || 0);
  }
  return quality.en > quality.ko ? 'en' : 'ko';
}

/** A text in the language that a request asks for. */
export function textFor(
  request: { headers: { 'accept-language'?: string | undefined } },
  text: Text,
): string {
  return text[preferredLanguage(request.headers['accept-language'])];
}

/** What the service says when something went well. The Korean is the reference's, word for word. */
export const messages = {
  seatsHeld: { ko: '좌석이 선택되었습니다.', en: 'The seats are held for you.' },
  reserved: { ko: '예매가 완료되었습니다.', en: 'Your reservation is made.' },
  extended: { ko: '예매 시간이 연장되었습니다.', en: 'You have more time to pay.' },
  confirmed: { ko: '결제가 완료되었습니다.', en: 'The payment is noted.' },
  refunded: { ko: '환불이 완료되었습니다.', en: 'The refund is noted.' },
  cancelled: { ko: '예매가 취소되었습니다.', en: 'The reservation is cancelled.' },
  leftQueue: { ko: '대기열에서 나왔습니다.', en: 'You have left the waiting room.' },
  clearedQueue: { ko: '대기열이 초기화되었습니다.', en: 'The waiting room is cleared.' },
  queueCleared: {
    ko: '관리자가 대기열을 초기화했습니다.',
    en: 'An administrator has cleared the waiting room.',
  },
  entryAllowed: { ko: '입장이 허용되었습니다.', en: 'You may enter now.' },
} satisfies Record<string, Text>;
