// package.json's scripts load this first: an old Node would answer with a syntax error in a TypeScript file instead.
// Plain JavaScript for that reason.
const [, major, minor] = require('./package.json')
  .engines.node.match(/(\d+)\.(\d+)/)
  .map(Number);
const [runningMajor, runningMinor] = process.versions.node.split('.').map(Number);

if (runningMajor < major || (runningMajor === major && runningMinor < minor)) {
  process.stderr.write(
    `Node ${process.version} is too old: the service needs ${major}.${minor} or newer. ` +
      'On Linux x64 with glibc, `npm ci` brings one; elsewhere, install it from https://nodejs.org/en/download\n',
  );
  process.exit(1);
}
