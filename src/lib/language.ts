export type Language = 'ko' | 'en';
export type Text = Record<Language, string>;

/**
 * Chooses the language of a message for people: Korean, the product's own, unless the caller prefers English.
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

/** Returns a text in the language that the request prefers. */
export function textFor(
  request: { headers: { 'accept-language'?: string | undefined } },
  text: Text,
): string {
  return text[preferredLanguage(request.headers['accept-language'])];
}
