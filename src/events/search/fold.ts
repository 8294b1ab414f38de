import { splitClusters } from './hangul.ts';

/** Blanks of every kind, and characters without any ink: of no width, fillers of Hangul, and an empty pattern of Braille. */
const BLANKS = /[\s\u0085\u115f\u1160\u180e\u200b-\u200d\u2060\u2800\u3164\uffa0]+/g;
const OTHER_WIDTH = /[\uff01-\uffee]+/g;
/** Jamo that found no partner, as macOS sends a part of a syllable. */
const LOOSE_JAMO = /[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]/g;

const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const FINALS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

/** The text in NFC, with one plain blank for blanks of every kind and none at its ends. Limits count this. */
export function normalize(text: string): string {
  return text.normalize('NFC').replace(BLANKS, ' ').trim();
}

/**
 * Makes one text of all that a search takes for the same: any case, any width, NFC and NFD, blanks of every kind.
 *
 * Upper case comes first, because ß and ss, ſ and s, ı and i meet only there. İ leaves a dot above its i, and a Σ at the end of a word
 * becomes ς, which depends on the words around it.
 */
export function fold(text: string): string {
  const wide = normalize(text)
    .replace(OTHER_WIDTH, (run) => run.normalize('NFKC'))
    .toUpperCase()
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replaceAll('ς', 'σ')
    .normalize('NFC')
    .replace(LOOSE_JAMO, letterOf);
  return splitClusters(wide);
}

function letterOf(jamo: string): string {
  const code = jamo.charCodeAt(0);
  if (code <= 0x1112) return INITIALS.charAt(code - 0x1100);
  if (code <= 0x1175) return String.fromCharCode(0x314f + code - 0x1161);
  return FINALS.charAt(code - 0x11a8);
}
