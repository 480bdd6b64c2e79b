import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { IotHubOptions } from './hub.ts';
import { IotHub } from './hub.ts';
import type { HubSnapshot } from './hub-snapshot.ts';
import { parseSnapshot } from './hub-snapshot.ts';

const FILE = 'iot-hub.json';

export class HubStoreError extends Error {
  readonly code: 'HubFileUnreadable' | 'HubFileUnwritable';

  constructor(code: HubStoreError['code'], message: string, options: ErrorOptions) {
    super(message, options);
    this.name = 'HubStoreError';
    this.code = code;
  }
}

export interface HubFileOptions {
  directory: string;
  /** A change is on disk at the latest so long after it happened, a burst of changes in one write. */
  delayMs: number;
  /** Takes the failure of a write in the background. The next change tries again. */
  failed: (error: HubStoreError) => void;
}

export interface PersistentHub {
  hub: IotHub;
  /** Ends evaluation and writes what is not yet on disk. @throws {HubStoreError} HubFileUnwritable */
  close: () => Promise<void>;
}

/**
 * Opens a hub that keeps its state in `iot-hub.json` of the directory, which is created where missing. The
 * file is replaced in one step, so a crash leaves the old or the new state, never half of one.
 * @throws {HubStoreError} HubFileUnreadable
 */
export async function openHub(
  options: Omit<IotHubOptions, 'changed'>,
  file: HubFileOptions,
): Promise<PersistentHub> {
  const path = join(file.directory, FILE);
  const snapshot = await load(path);
  await mkdir(file.directory, { recursive: true });
  let writing: Promise<void> = Promise.resolve();
  let pending: { cancel(): void } | undefined;

  const write = (): Promise<void> => {
    pending?.cancel();
    pending = undefined;
    // One write after the other: two at once would share the temporary file.
    writing = writing.catch(() => undefined).then(() => save(path, hub.snapshot()));
    return writing;
  };
  const changed = (): void => {
    pending ??= options.schedule(file.delayMs, () => void write().catch(file.failed));
  };
  const hub = snapshot
    ? IotHub.restore({ ...options, changed }, snapshot)
    : new IotHub({ ...options, changed });
  changed();
  return {
    hub,
    close: async () => {
      hub.close();
      await (pending ? write() : writing);
    },
  };
}

async function load(path: string): Promise<HubSnapshot | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
  try {
    return parseSnapshot(JSON.parse(text));
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function save(path: string, snapshot: HubSnapshot): Promise<void> {
  try {
    await writeFile(`${path}.new`, JSON.stringify(snapshot));
    await rename(`${path}.new`, path);
  } catch (error) {
    throw new HubStoreError('HubFileUnwritable', `cannot write ${path}`, { cause: error });
  }
}

function unreadable(path: string, cause: unknown): HubStoreError {
  const advice = 'start fresh, or restore the file';
  return new HubStoreError(
    'HubFileUnreadable',
    `cannot read the state of the IoT Hub in ${path}: ${advice}`,
    {
      cause,
    },
  );
}
