import type { DryRun } from '../client/answers.ts';

/** What a person asks of an upload. */
export interface UploadRequest {
  /** Path in the drop box. */
  readonly name: string;
  readonly version: string | undefined;
  readonly deviceType: string | undefined;
  readonly plan: string | undefined;
  readonly targetCondition: string | undefined;
  readonly priority: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
}

/** What became of an upload. */
export type UploadOutcome =
  | { readonly outcome: 'pending' }
  | { readonly outcome: 'admitted'; readonly rollout: string }
  /** The same bytes were released before, by this rollout: nothing has changed. */
  | { readonly outcome: 'already-released'; readonly rollout: string }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  /** Checked, nothing released; with its forecast where the API was asked. */
  | { readonly outcome: 'dry-run'; readonly message: string; readonly forecast?: Forecast | undefined };
export type DecidedOutcome = Exclude<UploadOutcome, { readonly outcome: 'pending' }>;
export type Forecast = NonNullable<DryRun['forecast']>;

/** A way into the drop box, and back out with the outcome. */
export interface DropBox {
  readonly put: (request: UploadRequest, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly outcome: (request: UploadRequest) => Promise<UploadOutcome>;
}
