import type {
  Control,
  DryRun,
  Page,
  Replayed,
  Retarget,
  Revert,
  RolloutDetail,
  Upload,
  UploadQuery,
} from './answers.ts';
import { nextPage, part, queryText, type Read } from './reads.ts';
import { type ApiAccess, jsonOf, send } from './transport.ts';

/** An answer to a question that named the entity tag of what the caller holds. */
export type Fetched<Answer> =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'fetched'; readonly answer: Answer; readonly etag: string | undefined };

/** What a request that steers may carry. */
export interface Steering {
  /** The revision that the caller has seen: the request fails (412) where the rollout has moved on. */
  readonly ifRevision?: number | undefined;
}

/**
 * The HTTP API, in a browser or Node.js, with nothing but `fetch`. Reads are described by `reads`, so that
 * each can be asked for as it is, only if changed, or page by page.
 *
 * Every method throws an ApiError for a problem and an UnreachableError where no answer of the app came.
 *
 * @example
 * const client = new ApiClient({ baseUrl: 'https://example.azurewebsites.net', key });
 * for await (const rollout of client.items(reads.rollouts({ state: 'running' }))) console.log(rollout.id);
 */
export class ApiClient {
  readonly access: ApiAccess;

  constructor(access: ApiAccess) {
    this.access = access;
  }

  async get<Answer>({ path }: Read<Answer>): Promise<Answer> {
    return (await jsonOf(await send(this.access, path))) as Answer;
  }

  /** For polling: the server answers 304 without a body where the answer still has this tag. */
  async getIfChanged<Answer>(
    { path }: Read<Answer>,
    etag: string | undefined,
    signal?: AbortSignal,
  ): Promise<Fetched<Answer>> {
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const response = await send(this.access, path, { headers, ...(signal && { signal }) });
    if (response.status === 304) return { kind: 'unchanged' };
    const answer = (await jsonOf(response)) as Answer;
    return { kind: 'fetched', answer, etag: response.headers.get('etag') ?? undefined };
  }

  /** For answers that are text, as the metrics and the exports. */
  async text({ path }: Read<string>): Promise<string> {
    return (await send(this.access, path)).text();
  }

  /** Page by page, from the one that is asked for to the last. */
  async *pages<Item>(first: Read<Page<Item>>): AsyncGenerator<Page<Item>> {
    for (let read: Read<Page<Item>> | undefined = first; read !== undefined;) {
      const page: Page<Item> = await this.get(read);
      yield page;
      read = nextPage(page);
    }
  }

  /** Entry by entry, over all pages. */
  async *items<Item>(first: Read<Page<Item>>): AsyncGenerator<Item> {
    for await (const page of this.pages(first)) yield* page.value;
  }

  /** Drops an image. It is admitted or refused a moment later: `reads.upload` tells. */
  async upload(name: string, image: Uint8Array<ArrayBuffer>, query: UploadQuery = {}): Promise<Upload> {
    const path = `/api/uploads/${part(name)}${queryText(query)}`;
    const headers = { 'content-type': 'application/octet-stream' };
    return (await jsonOf(await send(this.access, path, { method: 'PUT', headers, body: image }))) as Upload;
  }

  /** The rollout after it. */
  control(
    id: string,
    action: 'pause' | 'resume' | 'stop' | 'approve',
    body: Control,
    steering: Steering = {},
  ): Promise<RolloutDetail> {
    return this.#change('POST', `/rollouts/${part(id)}/${action}`, { body, ...steering });
  }

  retarget(id: string, body: Retarget, steering: Steering = {}): Promise<RolloutDetail> {
    return this.#change('POST', `/rollouts/${part(id)}/retarget`, { body, ...steering });
  }

  /** The rollout that devices follow after it: a new one, or the earlier one. */
  revert(id: string, body: Revert, steering: Steering = {}): Promise<RolloutDetail> {
    return this.#change('POST', `/rollouts/${part(id)}/revert`, { body, ...steering });
  }

  retire(id: string, reason: string, steering: Steering = {}): Promise<RolloutDetail> {
    const query = new URLSearchParams({ reason });
    return this.#change('DELETE', `/rollouts/${part(id)}?${query.toString()}`, steering);
  }

  /** Looks at what an image in the drop box would do; writes nothing. */
  dryRun(path: string): Promise<DryRun> {
    return this.#change('POST', '/rollouts/dry-run', { body: { path } });
  }

  replay(deadLetterId: string): Promise<Replayed> {
    return this.#change('POST', `/dead-letters/${part(deadLetterId)}/replay`, {});
  }

  /** Sends a test event to every webhook endpoint: the id of the event, and how many endpoints there are. */
  testWebhooks(): Promise<{ readonly event: string; readonly endpoints: number }> {
    return this.#change('POST', '/webhooks/test', {});
  }

  /** Sends an event again that an endpoint did not take. */
  resend(undeliveredId: string): Promise<{ readonly event: string; readonly endpoint: string }> {
    return this.#change('POST', `/webhooks/dead-letters/${part(undeliveredId)}/replay`, {});
  }

  async #change<Answer>(
    method: 'POST' | 'DELETE',
    path: string,
    { body, ifRevision }: Steering & { readonly body?: object },
  ): Promise<Answer> {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(ifRevision !== undefined && { 'if-match': `"${ifRevision}"` }),
    };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await jsonOf(await send(this.access, `/api${path}`, { method, headers, ...json }))) as Answer;
  }
}
