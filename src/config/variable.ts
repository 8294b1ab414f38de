import { isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import { type AllowedOrigin, parseOrigins } from './origins.ts';

export type Values<S> = { [K in keyof S]: S[K] extends Variable<infer T> ? T : never };

/** One environment variable: its meaning, the values that it takes, and the parser of its text. */
export interface Variable<T> {
  about: string;
  expected: string;
  /** The default, as text in the environment; `undefined` if the variable may be missing. */
  fallback: string | undefined;
  /** Explains a missing variable that has no default text. */
  fallbackNote?: string;
  /** Its text must never reach a log, even if it is wrong. */
  isSecret?: boolean;
  /** @returns the value, or `undefined` if the text isn't as expected */
  parse(text: string): T | undefined;
}

export function text(fallback: string, about: string): Variable<string> {
  return { about, expected: 'a non-empty text', fallback, parse: (value) => value };
}

export function optionalText(about: string, fallbackNote: string): Variable<string | undefined> {
  return { about, expected: 'a non-empty text', fallback: undefined, fallbackNote, parse: (value) => value };
}

export function secret(fallback: string, about: string): Variable<string> {
  return { ...text(fallback, about), isSecret: true };
}

export function optionalSecret(about: string, fallbackNote: string): Variable<string | undefined> {
  return { ...optionalText(about, fallbackNote), isSecret: true };
}

export function integer(fallback: number, min: number, max: number, about: string): Variable<number> {
  return {
    about,
    expected: `a whole number from ${min} to ${max}`,
    fallback: String(fallback),
    parse(value) {
      if (!/^\d{1,15}$/.test(value)) return undefined;
      const number = Number(value);
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** A whole number, or `auto` for as many as the machine has processors. */
export function workers(fallback: string, max: number, about: string): Variable<number> {
  const number = integer(1, 1, max, about);
  return {
    ...number,
    expected: `${number.expected}, or auto`,
    fallback,
    parse: (value) => (value === 'auto' ? Math.min(max, availableParallelism()) : number.parse(value)),
  };
}

export function optionalInteger(
  min: number,
  max: number,
  about: string,
  fallbackNote: string,
): Variable<number | undefined> {
  return { ...integer(min, min, max, about), fallback: undefined, fallbackNote };
}

export function choice<const T extends string>(
  fallback: T,
  options: readonly T[],
  about: string,
): Variable<T> {
  return {
    about,
    expected: `one of ${options.join(', ')}`,
    fallback,
    parse: (value) => options.find((option) => option === value),
  };
}

export function optionalChoice<const T extends string>(
  options: readonly T[],
  about: string,
  fallbackNote: string,
): Variable<T | undefined> {
  return { ...choice(options[0] as T, options, about), fallback: undefined, fallbackNote };
}

export function optionalFlag(about: string, fallbackNote: string): Variable<boolean | undefined> {
  return { ...flag(false, about), fallback: undefined, fallbackNote };
}

export function flag(fallback: boolean, about: string): Variable<boolean> {
  return {
    about,
    expected: 'true or false',
    fallback: String(fallback),
    parse: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
  };
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

export function url(fallback: string, about: string): Variable<string> {
  return {
    about,
    expected: 'an http(s) URL',
    fallback,
    parse: (value) => (isHttpUrl(value) ? value : undefined),
  };
}

export function fraction(fallback: string, about: string): Variable<number> {
  return {
    about,
    expected: 'a number from 0 to 1',
    fallback,
    parse: (value) => (/^(0|1|0?\.\d{1,15}|1\.0+)$/.test(value) ? Number(value) : undefined),
  };
}

export function optionalPairs(about: string, fallbackNote: string): Variable<string | undefined> {
  return {
    about,
    expected: 'pairs such as key=value, separated by commas',
    fallback: undefined,
    fallbackNote,
    parse: (value) => (/^\s*[^=,\s]+=[^=,]*(,\s*[^=,\s]+=[^=,]*)*$/.test(value) ? value : undefined),
  };
}

/** Without a slash at its end. */
export function optionalUrl(about: string, fallbackNote: string): Variable<string | undefined> {
  const parse = (value: string) => (isHttpUrl(value) ? value.replace(/\/+$/, '') : undefined);
  return { ...url('', about), fallback: undefined, fallbackNote, parse };
}

/** A host and a port. */
export interface Address {
  host: string;
  port: number;
}

export function optionalAddresses(
  example: string,
  about: string,
  fallbackNote: string,
): Variable<Address[] | undefined> {
  return {
    about,
    expected: `addresses such as ${example}, separated by commas`,
    fallback: undefined,
    fallbackNote,
    parse(value) {
      const found = value.split(',').map((text) => /^\s*([^\s:]+|\[[\da-f:.]+\]):(\d{1,5})\s*$/i.exec(text));
      return found.every((each) => each !== null && Number(each[2]) > 0 && Number(each[2]) < 65_536)
        ? found.map((each) => ({ host: each?.[1]?.replace(/^\[|\]$/g, '') ?? '', port: Number(each?.[2]) }))
        : undefined;
    },
  };
}

/** A host, and its port if it has one of its own. */
export interface Host {
  host: string;
  port: number | undefined;
}

/** Hosts, separated by commas. An address of IPv6 with a port has brackets. */
export function hosts(fallback: string, about: string): Variable<Host[]> {
  return {
    about,
    expected: 'a host such as db-1 or db-1:5433, or several, separated by commas',
    fallback,
    parse(value) {
      const found = value.split(',').map((text) => {
        const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
        // Without brackets and a port, an address of IPv6 is a host, too.
        const host = bracketed ?? plain ?? (isIPv6(text.trim()) ? text.trim() : '');
        return { host, port: port === undefined ? undefined : Number(port) };
      });
      const isGood = ({ host, port = 1 }: Host) => host !== '' && port > 0 && port < 65_536;
      return found.every(isGood) ? found : undefined;
    },
  };
}

export function optionalHost(about: string, fallbackNote: string): Variable<Host | undefined> {
  const several = hosts('', about);
  const parse = (value: string) => {
    const [host, ...more] = several.parse(value) ?? [];
    return more.length === 0 ? host : undefined;
  };
  return { about, expected: 'a host such as db-1 or db-1:5433', fallback: undefined, fallbackNote, parse };
}

export function origins(fallback: string, about: string): Variable<AllowedOrigin[]> {
  return {
    about,
    expected:
      'http(s) origins such as https://tickets.example or https://*.previews.example, separated by commas',
    fallback,
    parse: parseOrigins,
  };
}
