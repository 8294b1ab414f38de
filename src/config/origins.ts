/** An origin as browsers send it, or a pattern that stands for several. */
export type AllowedOrigin = string | RegExp;

/** Any port, since each development server has its own (Vite takes 5173 and 4173). */
export const LOCAL_ORIGINS: AllowedOrigin[] = [/^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?$/];

/** One label of a host name, in the form in which browsers send it. */
const LABEL = '[a-z0-9_-]{1,63}';

/** @returns the origins of a list with commas, or `undefined` if one of them is wrong */
export function parseOrigins(list: string): AllowedOrigin[] | undefined {
  const origins = list.split(',').map((entry) => parseOrigin(entry.trim()));
  return origins.every((origin) => origin !== undefined) ? origins : undefined;
}

function parseOrigin(text: string): AllowedOrigin | undefined {
  const wildcard = /^(https?:\/\/)\*\.(.+)$/i.exec(text);
  if (!wildcard) return plainOrigin(text);
  const [, scheme = '', host = ''] = wildcard;
  const parent = plainOrigin(scheme + host);
  // Two labels at least: `https://*.com` would let in everyone's site. So would a public suffix of two labels (co.kr,
  // github.io, vercel.app). There are thousands, so the variable's description warns of them.
  const parts = /^(https?:\/\/)([a-z0-9-]+(?:\.[a-z0-9-]*[a-z][a-z0-9-]*)+(?::\d+)?)$/.exec(parent ?? '');
  return parts ? new RegExp(`^${parts[1]}${LABEL}\\.${parts[2]?.replaceAll('.', '\\.')}$`) : undefined;
}

/** `HTTPS://Tickets.example:443/` is what browsers send as `https://tickets.example`. */
function plainOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href, origin } = new URL(text);
  const complete = /^https?:$/.test(protocol) && href === `${origin}/` && !href.includes('*');
  return complete ? origin : undefined;
}
