import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 that isn't for the public internet (RFC 6890): this network, private, shared, loopback, link-local, tests, multicast, reserved. */
const privateIpv4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  privateIpv4.addSubnet(network, prefix);

/** Of IPv6, the global addresses alone are public, and of them not those that are for tests or carry an IPv4 address. */
const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');
const specialIpv6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  specialIpv6.addSubnet(network, prefix, 'ipv6');

export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !privateIpv4.check(address);
  return version === 6 && globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
}

/**
 * Why a webhook may not go to a URL, or `undefined` if it may. What a name resolves to is checked when it is sent.
 *
 * @param privateAddresses allows other addresses, other ports and plain http
 */
export function refusalOf(url: string, privateAddresses: boolean): string | undefined {
  if (!URL.canParse(url)) return 'must be a URL';
  const { protocol, username, password, hostname, port } = new URL(url);
  if (username !== '' || password !== '') return 'must not contain a user name or a password';
  if (privateAddresses) return undefined;
  if (protocol !== 'https:') return 'must begin with https';
  if (port !== '' && Number(port) < 1_024) return 'must have port 443, or one from 1024 on';
  // `new URL` has written every form of an IPv4 address, such as 0x7f.1, with four decimal numbers.
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isPublicAddress(address)) return 'must not be an address of a private network';
  return undefined;
}

export const resolver = new Resolver({ timeout: 3_000, tries: 2 });

/**
 * Resolves a name for a connection, and refuses it if any of its addresses is private. The connection goes to the addresses that were
 * checked, so that a name can't resolve to another one a moment later.
 *
 * It asks DNS itself: `dns.lookup` would take one of the four threads that compress answers, for as long as a name server is silent.
 */
export const resolvePublic: LookupFunction = (hostname, options, callback) => {
  addressesOf(hostname).then(
    (addresses) => {
      if (options.all) return callback(null, addresses);
      const [{ address, family }] = addresses as [LookupAddress];
      callback(null, address, family);
    },
    (error) => callback(error, ''),
  );
};

async function addressesOf(hostname: string): Promise<LookupAddress[]> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const addresses = [v4, v6].flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
  if (addresses.length === 0) throw (v4 as PromiseRejectedResult).reason;
  if (!addresses.every(isPublicAddress))
    throw new Error('the name resolves to an address of a private network');
  return addresses.map((address) => ({ address, family: isIP(address) }));
}
