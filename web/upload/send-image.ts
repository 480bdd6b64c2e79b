import type { Upload } from '../../client/answers.ts';
import { ApiError, UnreachableError } from '../../client/api-error.ts';
import { accessKey } from '../live/access-key.ts';

/** What a person may say of an image; what is empty is left to its name and to the settings of the app. */
export interface UploadWishes {
  readonly version: string;
  readonly deviceType: string;
  readonly plan: string;
  readonly targetCondition: string;
  readonly priority: string;
  readonly dryRun: boolean;
}

export interface Sending {
  /** Fails with an ApiError, an UnreachableError, or an UploadCancelledError. */
  readonly done: Promise<Upload>;
  cancel(): void;
}

/** The message tells whether the image may have arrived all the same. */
export class UploadCancelledError extends Error {
  readonly code = 'upload-cancelled';

  constructor(isSent: boolean) {
    super(
      isSent
        ? 'The upload was cancelled, but all of it was sent before: it may be released all the same. Look at the fleet and at the refusals.'
        : 'The upload was cancelled before all of it was sent: nothing was released.',
    );
  }
}

/** Puts the image into the drop box. By XMLHttpRequest: `fetch` tells of no progress. `sent` is 0 to 1. */
export function sendImage(file: File, wishes: UploadWishes, sent: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const path = uploadPath(file.name, wishes);
  let isSent = false;
  const done = new Promise<Upload>((resolve, reject) => {
    request.upload.addEventListener('progress', ({ loaded, total }) => sent(total > 0 ? loaded / total : 0));
    request.upload.addEventListener('load', () => (isSent = true));
    request.addEventListener('load', () => {
      const answer = bodyOf(request);
      if (request.status === 202 && answer !== undefined) resolve(answer as unknown as Upload);
      else reject(new ApiError(request.status, headersOf(request), answer));
    });
    request.addEventListener('error', () =>
      reject(new UnreachableError(path, 'The app does not answer: the image may not have arrived.')),
    );
    request.addEventListener('abort', () => reject(new UploadCancelledError(isSent)));
  });
  request.open('PUT', path);
  request.setRequestHeader('content-type', 'application/octet-stream');
  if (accessKey.value !== '') request.setRequestHeader('x-functions-key', accessKey.value);
  request.send(file);
  return { done, cancel: () => request.abort() };
}

export function uploadPath(name: string, { dryRun, ...texts }: UploadWishes): string {
  const given = Object.entries(texts).flatMap(([key, text]) =>
    text.trim() === '' ? [] : [[key, text.trim()]],
  );
  const query = new URLSearchParams([...given, ...(dryRun ? [['dryRun', 'true']] : [])]).toString();
  return `/api/uploads/${encodeURIComponent(name)}${query && `?${query}`}`;
}

function headersOf(request: XMLHttpRequest): Pick<Headers, 'get'> {
  return { get: (name) => request.getResponseHeader(name) };
}

function bodyOf(request: XMLHttpRequest): Record<string, unknown> | undefined {
  try {
    return JSON.parse(request.responseText) as Record<string, unknown>;
  } catch {
    // Something else than the app has answered; the status says what there is to say.
    return undefined;
  }
}
