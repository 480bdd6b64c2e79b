import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import { entityTag } from './entity-tag.ts';

/** A file of the list, as it goes over the wire. */
export interface StaticFile {
  readonly bytes: Uint8Array;
  readonly gzipped: Uint8Array;
  readonly mediaType: string;
  readonly etag: string;
}

/** What the build wrote: the name of the page, and of every other file with its media type. */
const manifestSchema = z.object({ page: z.string(), files: z.record(z.string(), z.string()) });
type Manifest = z.infer<typeof manifestSchema>;

const PAGE_TYPE = 'text/html; charset=utf-8';

/**
 * The files of a directory that its `manifest.json` lists, and no others: a name that comes from a request is
 * looked up in that list and never made into a path. Read at first use and kept, they are small.
 */
export class StaticFiles {
  readonly #directory: URL;
  #manifest: Manifest | undefined;
  readonly #kept = new Map<string, StaticFile>();

  /** `directory` ends with `/`. */
  constructor(directory: URL) {
    this.#directory = directory;
  }

  async page(): Promise<StaticFile> {
    const { page } = await this.#listed();
    return this.#read(page, PAGE_TYPE);
  }

  /** `undefined` for a name that is not in the list. */
  async file(name: string): Promise<StaticFile | undefined> {
    const { files } = await this.#listed();
    const mediaType = Object.hasOwn(files, name) ? files[name] : undefined;
    return mediaType === undefined ? undefined : this.#read(name, mediaType);
  }

  async #listed(): Promise<Manifest> {
    const read = async () => readFile(new URL('manifest.json', this.#directory), 'utf8');
    this.#manifest ??= manifestSchema.parse(JSON.parse(await read()));
    return this.#manifest;
  }

  async #read(name: string, mediaType: string): Promise<StaticFile> {
    const kept = this.#kept.get(name);
    if (kept) return kept;
    const bytes = await readFile(new URL(name, this.#directory));
    const read = { bytes, gzipped: gzipSync(bytes, { level: 9 }), mediaType, etag: entityTag(bytes) };
    this.#kept.set(name, read);
    return read;
  }
}
