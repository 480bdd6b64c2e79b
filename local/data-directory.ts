import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Another local cloud runs on the directory; two would overwrite each other's data. */
export class DirectoryInUseError extends Error {
  readonly code = 'directory-in-use';
  constructor(directory: string, pid: number) {
    super(
      `A local cloud already runs on ${directory} (process ${pid}). Stop it first, or name another --data directory.`,
    );
    this.name = 'DirectoryInUseError';
  }
}

/**
 * Takes the directory for this process with a lock file and answers how to give it back. The lock of a
 * process that is gone (it was killed) does not count.
 */
export async function claimDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
      if (holder !== process.pid && isAlive(holder)) throw new DirectoryInUseError(directory, holder);
      await rm(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
