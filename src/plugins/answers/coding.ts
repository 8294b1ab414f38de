import { LRUCache } from 'lru-cache';

/**
 * The codings of prepared answers, best first. zstd is left out: at the level that is as small as Brotli's quality 4 it takes as long
 * (30.2 and 30.1 KB, 2.3 and 1.9 ms for 1,000 events), and every client that asks for it asks for Brotli too.
 */
const CODINGS = ['br', 'gzip', 'identity'] as const;

export type Coding = (typeof CODINGS)[number];

/** What browsers send differs little, so that nearly every header is in here. */
const accepted = new LRUCache<string, Coding[]>({ max: 100, memoMethod: codingsIn });

/** The best coding that the client accepts and the answer has: RFC 9110, 12.5.3. Identity if there is none. */
export function chooseCoding(acceptEncoding: string | undefined, offered: readonly Coding[]): Coding {
  if (acceptEncoding === undefined || offered.length === 0) return 'identity';
  const coding = accepted.memo(acceptEncoding).find((each) => each === 'identity' || offered.includes(each));
  return coding ?? 'identity';
}

/** The codings that a header accepts, with the client's favourite first, and then in our own order. */
function codingsIn(header: string): Coding[] {
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((text) => text.startsWith('q='));
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  const weightOf = (coding: Coding) => {
    const others = weights.get('*');
    // A client that doesn't name identity takes it, but after all others.
    const implied = coding === 'identity' && others !== 0 ? Number.MIN_VALUE : (others ?? 0);
    return weights.get(coding) ?? implied;
  };
  return CODINGS.filter((coding) => weightOf(coding) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}
