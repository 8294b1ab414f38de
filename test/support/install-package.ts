import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Installs a package with apt-get, as root on Debian or Ubuntu. It says so, and why where it can't. */
export function installPackage(name: string, why: string): void {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  console.info(`${why}: installing ${name} with apt-get`);
  // RUNLEVEL=1 keeps the package from starting a service of its own: the tests start theirs.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const aptGet = (...args: string[]) =>
    execFileSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    aptGet('update');
  } catch {
    // One source of several may be out of reach, or another apt-get at work: what is known may do.
  }
  try {
    aptGet('install', '-y', '--no-install-recommends', name);
  } catch (error) {
    console.warn(`apt-get couldn't install ${name}: ${(error as Error).message}`);
  }
}
