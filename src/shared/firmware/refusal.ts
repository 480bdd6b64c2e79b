import { redact } from '../redact.ts';

/**
 * Why an upload was not admitted. The code is stable: it is stored, served, and set as an index tag on
 * the blob. The message says what to do.
 */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

export type RefusalCode =
  // the upload's metadata and path
  | 'version-missing'
  | 'version-invalid'
  | 'device-type-invalid'
  | 'device-type-conflict'
  | 'target-condition-invalid'
  | 'priority-invalid'
  | 'label-invalid'
  // its plan
  | 'plan-missing'
  | 'plan-invalid'
  // the image
  | 'image-empty'
  | 'image-too-large'
  | 'image-too-small'
  | 'image-blank'
  | 'image-wrong-format'
  | 'image-full-flash'
  | 'image-bad-stack-pointer'
  | 'image-bad-reset-vector'
  | 'image-without-version'
  // what is already released
  | 'version-released-with-other-bytes'
  | 'version-not-higher'
  | 'target-covers-other-type'
  | 'release-blob-conflict'
  | 'download-url-too-long'
  // the hub
  | 'configuration-conflict'
  | 'configuration-quota-exceeded'
  | 'configuration-rejected';

/** The message may quote others, such as the hub: what may be a secret is taken out. */
export function refusal(code: RefusalCode, message: string): Refusal {
  return { code, message: redact(message) };
}
