import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { project } from './documents.ts';

/** Ends the output of a block. */
const END = '\u0004';

/**
 * Runs blocks of bash one after the other in one shell, in this project's folder, as a reader pastes them.
 *
 * @returns what each of them printed; what a program in the background prints counts for the block that runs at that moment
 */
export async function paste(blocks: string[], env: Record<string, string>): Promise<string[]> {
  const script = ['set -eo pipefail', ...blocks.map((block) => `${block}\nprintf '${END}'`)].join('\n');
  const shell = spawn('bash', ['-c', script], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    const [output, complaints, [code]] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      once(shell, 'close'),
    ]);
    if (code !== 0) throw new Error(`the shell ended with ${code} after\n${output}\n${complaints}`);
    return output.split(END).slice(0, -1);
  } finally {
    endGroup(shell.pid);
  }
}

/** A block that fails leaves its programs in the background behind. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
