/** The parts of a title: `뮤지컬 〈위키드〉 – 부산` is a musical, called 위키드, in Busan. */
export interface Title {
  before: string;
  name: string;
  after: string;
}

export function partsOf(title: string): Title {
  const quoted = /^(?<before>[^〈]*)〈(?<name>[^〉]+)〉(?<after>.*)$/.exec(title)?.groups;
  const [whole = title, place = ''] = title.split(' – ');
  const { before = '', name = whole, after = place } = quoted ?? {};
  return { before: before.trim(), name: name.trim(), after: after.replace(/^[\s–:]+/, '').trim() };
}

/** How wide a bold letter is in system fonts, in em. Rather too wide than too narrow, as the font of a reader is unknown. */
function widthOf(letter: string): number {
  if (letter === ' ') return 0.3;
  if (/[ᄀ-ᇿ⺀-鿿가-힣豈-﫿]/.test(letter)) return 0.96;
  if (/[A-Z0-9&@%]/.test(letter)) return letter === 'W' || letter === 'M' ? 0.95 : 0.72;
  if (/[a-z]/.test(letter)) return letter === 'w' || letter === 'm' ? 0.9 : 0.6;
  return 0.5;
}

export function textWidth(text: string): number {
  return [...text].reduce((sum, letter) => sum + widthOf(letter), 0);
}

/** @returns the lines, broken between words; a word that is too long for a line is broken as well */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const letter of word) {
      if (textWidth(line + letter) > width) {
        lines.push(line);
        line = '';
      }
      line += letter;
    }
  }
  return [...lines, line];
}

export interface Fitted {
  lines: string[];
  size: number;
}

const LARGEST = 132;
const SMALLEST = 34;
export const LINE_HEIGHT = 1.12;

/** Sets a text as large as the box allows, without breaking words if that is possible at a readable size. */
export function fitText(text: string, width: number, height: number): Fitted {
  const longestWord = Math.max(...text.split(' ').map(textWidth));
  for (let size = LARGEST; size >= SMALLEST; size -= 2) {
    const lines = wrap(text, width / size);
    const isWhole = longestWord <= width / size || size === SMALLEST;
    if (isWhole && lines.length * size * LINE_HEIGHT <= height) return { lines, size };
  }
  const size = SMALLEST;
  const room = Math.max(1, Math.floor(height / (size * LINE_HEIGHT)));
  const lines = wrap(text, width / size - 1);
  return { lines: [...lines.slice(0, room - 1), `${lines[room - 1]}…`], size };
}
