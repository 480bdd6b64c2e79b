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
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  | { readonly outcome: 'dry-run'; readonly message: string };

/** A way into the drop box, and back out with the outcome. */
export interface DropBox {
  readonly put: (request: UploadRequest, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly outcome: (request: UploadRequest) => Promise<UploadOutcome>;
}
