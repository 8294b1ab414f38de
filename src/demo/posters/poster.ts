import { fitText, LINE_HEIGHT, partsOf, wrap } from './lettering.ts';

/** The look of one poster. */
export interface Design {
  /** Behind the picture. */
  sky: string;
  /** Behind the letters. */
  ground: string;
  /** The letters. */
  ink: string;
  /** The smaller letters. */
  accent: string;
  /** What stands in the upper 600 × 500 units. */
  picture: string;
}

export interface Words {
  title: string;
  artist: string | null;
  venue: string;
}

/** Fonts that come with systems: a picture in an `img` element loads none. */
const FONTS = `system-ui, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK KR', 'Noto Sans KR', sans-serif`;
const [WIDTH, HEIGHT] = [600, 800];
const HORIZON = 500;
const MARGIN = 44;
const INNER = WIDTH - 2 * MARGIN;
const FOOT = HEIGHT - 46;

/**
 * Draws a poster: a picture of plain shapes above, the name as large as it fits below. All posters share this form, so that they hang
 * together as one series.
 */
export function drawPoster(words: Words, { sky, ground, ink, accent, picture }: Design): string {
  const { before, name, after } = partsOf(words.title);
  const kicker = before || words.artist || '';
  const tail = after === '' ? undefined : short(after, 28);
  const top = HORIZON + (kicker === '' ? 42 : 72);
  const bottom = FOOT - (tail === undefined ? 42 : 88);
  const { lines, size } = fitText(name, INNER, bottom - top);
  // Capitals reach 0.74 em above the baseline, so that the gap over a large name is that over a small one.
  const first = top + size * 0.86;
  const last = first + (lines.length - 1) * size * LINE_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(words.title)}">`,
    `<clipPath id="c"><rect width="${WIDTH}" height="${HORIZON}"/></clipPath>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${ground}"/>`,
    `<g clip-path="url(#c)"><rect width="${WIDTH}" height="${HORIZON}" fill="${sky}"/>${picture}</g>`,
    `<g font-family="${FONTS}" fill="${ink}">`,
    kicker && text(short(kicker, 27), HORIZON + 58, 27, accent, 700),
    ...lines.map((line, index) => text(line, first + index * size * LINE_HEIGHT, size, ink, 800)),
    tail && text(tail, last + 28 + size * 0.24, 28, accent, 700),
    `<rect x="${MARGIN}" y="${FOOT - 36}" width="40" height="4" fill="${accent}"/>`,
    text(short(words.venue, 23), FOOT, 23, ink, 500),
    '</g></svg>',
  ].join('');
}

function text(content: string, y: number, size: number, fill: string, weight: number): string {
  const spacing = size > 60 ? ' letter-spacing="-0.02em"' : '';
  return `<text x="${MARGIN}" y="${Math.round(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}"${spacing}>${escaped(content)}</text>`;
}

/** One line of it. */
function short(content: string, size: number): string {
  const [line = '', ...more] = wrap(content, INNER / size - 1);
  return more.length === 0 ? line : `${line}…`;
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
