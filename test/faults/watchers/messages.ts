import type { Stock } from './digest.ts';

/** A message of the service to those who follow an event, whatever way it came. */
export type Message =
  | { type: 'version' | 'reset'; version: number; layout: number }
  | {
      type: 'changes';
      from: number;
      version: number;
      layout: number;
      seats: [index: number, code: number][];
      stock: Stock[];
    };

const KEPT = 2_000;
const parsed = new Map<string, unknown>();

/** Parses a text once, because hundreds of watchers get the same. */
export function parseOnce<T>(text: string): T {
  let value = parsed.get(text);
  if (value === undefined) {
    if (parsed.size >= KEPT) parsed.clear();
    value = JSON.parse(text);
    parsed.set(text, value);
  }
  return value as T;
}
