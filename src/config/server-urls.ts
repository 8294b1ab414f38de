import type { DatabaseSettings, RedisSettings } from './servers.ts';
import type { Host, Variable } from './variable.ts';

/** What an address says. The variables of the same server say the rest. */
type Said<Settings> = Partial<Settings> & Pick<RedisSettings, 'host'>;

interface SaidOfDatabase {
  hosts: Host[];
  rest: Partial<Omit<DatabaseSettings, 'host' | 'port' | 'others'>>;
}

/** libpq's names: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
const TLS_BY_MODE: Record<string, DatabaseSettings['ssl']> = {
  disable: 'off',
  require: 'require',
  'verify-ca': 'verify',
  'verify-full': 'verify',
};

/**
 * `postgresql://user:password@host:port,host:port/database?sslmode=require`. Parameters other than `sslmode` are ignored: providers
 * add some for the drivers of other languages.
 */
export function databaseUrl(about: string, fallbackNote: string): Variable<SaidOfDatabase | undefined> {
  return {
    about,
    expected:
      'a URL such as postgresql://user:password@host:5432/database, with more hosts after commas and with sslmode disable, require, verify-ca or verify-full if it has one',
    fallback: undefined,
    fallbackNote,
    isSecret: true,
    parse(text) {
      const urls = oneForEachHost(text).map((each) => parse(each, ['postgres:', 'postgresql:']));
      const [url] = urls;
      if (!url || !urls.every((each) => each !== undefined)) return undefined;
      const mode = url.searchParams.get('sslmode');
      const ssl = mode === null ? undefined : TLS_BY_MODE[mode];
      if (mode !== null && ssl === undefined) return undefined;
      const { path: database, user, password } = url.parts;
      const hosts = urls.map(({ parts: { host, port } }) => ({ host, port }));
      return { hosts, rest: defined({ user, password, database, ssl }) };
    },
  };
}

/** `redis://user:password@host:port/number`, or `rediss:` for TLS. https://www.iana.org/assignments/uri-schemes/prov/redis */
export function redisUrl(about: string, fallbackNote: string): Variable<Said<RedisSettings> | undefined> {
  return {
    about,
    expected: 'a URL such as redis://user:password@host:6379/0, or rediss://… for TLS',
    fallback: undefined,
    fallbackNote,
    isSecret: true,
    parse(text) {
      const url = parse(text, ['redis:', 'rediss:']);
      if (!url) return undefined;
      const { path, user, ...rest } = url.parts;
      if (path !== undefined && !/^\d{1,6}$/.test(path)) return undefined;
      const database = path === undefined ? undefined : Number(path);
      // `redis:` says nothing about TLS, so that REDIS_TLS may.
      return defined({ ...rest, username: user, database, tls: url.protocol === 'rediss:' || undefined });
    },
  };
}

/** `URL` knows one host. */
function oneForEachHost(text: string): string[] {
  const [, before = '', hosts = '', after = ''] = /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(text) ?? [];
  return hosts.split(',').map((host) => `${before}${host}${after}`);
}

function parse(text: string, protocols: string[]) {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(text);
  if (!protocols.includes(protocol) || hostname === '') return undefined;
  try {
    return {
      protocol,
      searchParams,
      parts: {
        // The brackets around an IPv6 address belong to the URL.
        host: decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
        port: port === '' ? undefined : Number(port),
        user: decodeURIComponent(username) || undefined,
        password: decodeURIComponent(password) || undefined,
        path: decodeURIComponent(pathname.slice(1)) || undefined,
      },
    };
  } catch {
    // A lone `%`.
    return undefined;
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined, so that it hides nothing that a spread has given before. */
function defined<T extends object>(fields: T): Defined<T> & Pick<T, 'host' & keyof T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T> &
    Pick<T, 'host' & keyof T>;
}
