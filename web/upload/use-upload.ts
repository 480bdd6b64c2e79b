import { useRef, useState } from 'preact/hooks';
import type { Upload } from '../../client/answers.ts';
import { announce } from '../live/announcements.ts';
import { isProblem } from '../live/problem-kind.ts';
import { refusedInWords } from '../words/steering-refused.ts';
import { type Sending, sendImage, UploadCancelledError, type UploadWishes } from './send-image.ts';

export type UploadStep =
  /** `failed`: why the upload before this one came to nothing. */
  | { readonly kind: 'choose'; readonly failed: string | undefined }
  /** `share`: 0 to 1. `turnedAway`: a file that was dropped meanwhile. */
  | {
      readonly kind: 'sending';
      readonly name: string;
      readonly share: number;
      readonly turnedAway: string | undefined;
    }
  | { readonly kind: 'dropped'; readonly upload: Upload };

/** One upload at a time. It goes on whether or not anybody looks at it. */
export interface Uploading {
  readonly step: UploadStep;
  readonly file: File | undefined;
  /** They stay when an upload fails: the next attempt must not reach other devices than this one. */
  readonly wishes: UploadWishes;
  readonly setWishes: (wishes: UploadWishes) => void;
  /** The file to send; one that is on its way is not given up for it. */
  readonly choose: (file: File | undefined) => void;
  readonly send: (file: File) => void;
  readonly cancel: () => void;
  /** Forgets file, wishes and outcome. */
  readonly reset: () => void;
}

const NOTHING_SAID: UploadWishes = {
  version: '',
  deviceType: '',
  plan: '',
  targetCondition: '',
  priority: '',
  dryRun: false,
};
const CHOOSE: UploadStep = { kind: 'choose', failed: undefined };

export function useUpload(): Uploading {
  const [file, setFile] = useState<File>();
  const [wishes, setWishes] = useState(NOTHING_SAID);
  const [step, setStep] = useState<UploadStep>(CHOOSE);
  const sending = useRef<Sending>(undefined);

  const send = async (image: File) => {
    const { name } = image;
    setStep({ kind: 'sending', name, share: 0, turnedAway: undefined });
    sending.current = sendImage(image, wishes, (share) => setStep((now) => advanced(now, share)));
    try {
      setStep({ kind: 'dropped', upload: await sending.current.done });
      announce(`${name} is uploaded.`);
    } catch (error) {
      setStep({ kind: 'choose', failed: failedInWords(error) });
      announce(`The upload of ${name} came to nothing.`);
    } finally {
      sending.current = undefined;
    }
  };
  return {
    step,
    file,
    wishes,
    setWishes,
    choose: (chosen) => {
      if (sending.current) {
        setStep((now) => (now.kind === 'sending' ? { ...now, turnedAway: chosen?.name } : now));
        return;
      }
      setFile(chosen);
      setStep(CHOOSE);
    },
    send: (image) => void send(image),
    cancel: () => sending.current?.cancel(),
    reset: () => {
      setFile(undefined);
      setWishes(NOTHING_SAID);
      setStep(CHOOSE);
    },
  };
}

function advanced(step: UploadStep, share: number): UploadStep {
  return step.kind === 'sending' ? { ...step, share } : step;
}

function failedInWords(error: unknown): string {
  if (error instanceof UploadCancelledError) return error.message;
  if (!isProblem(error)) throw error;
  return refusedInWords(error, 'Upload');
}
