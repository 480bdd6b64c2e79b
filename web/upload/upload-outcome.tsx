import type { Upload } from '../../client/answers.ts';
import { Loading, ProblemView } from '../parts/live-view.tsx';
import { links } from '../shell/links.ts';
import { forecastInWords } from './forecast-words.ts';
import { useOutcome } from './use-outcome.ts';

/** What the admission made of the image, as soon as it is known. */
export function UploadOutcome({
  dropped,
  close,
  again,
}: {
  dropped: Upload;
  close: () => void;
  again: () => void;
}) {
  const { live, upload, isReplaced } = useOutcome(dropped);
  return (
    <>
      <div aria-live="polite" class="stack-tight">
        {live.problem && <ProblemView problem={live.problem} what="the outcome" retry={live.refresh} />}
        {isReplaced && <p>Another image was uploaded under this name meanwhile, and took its place.</p>}
        {upload === undefined && !isReplaced && !live.problem && (
          <Loading what="the answer of the admission" />
        )}
        {upload && <Outcome upload={upload} close={close} />}
      </div>
      <div class="row">
        <button class="button" type="button" onClick={again}>
          Upload another
        </button>
        <button class="button" type="button" onClick={close}>
          Close
        </button>
      </div>
    </>
  );
}

function Outcome({ upload, close }: { upload: Upload; close: () => void }) {
  const { outcome, rollout, refusal, wouldRelease, forecast } = upload;
  switch (outcome) {
    case 'pending':
      return null;
    case 'admitted':
      return (
        <>
          <p class="tone-text-good">
            <strong>Admitted.</strong> It is a release now, and its rollout begins.
          </p>
          {rollout !== undefined && <ToRollout id={rollout} close={close} />}
        </>
      );
    case 'already-released':
      return (
        <>
          <p>
            <strong>Nothing changed.</strong> The same bytes were released before.
          </p>
          {rollout !== undefined && <ToRollout id={rollout} close={close} />}
        </>
      );
    case 'refused':
      return (
        <>
          <p class="tone-text-bad">
            <strong>Refused: no device is offered it.</strong>
          </p>
          <p>{refusal?.message}</p>
          <p class="quiet">
            Code <code>{refusal?.code}</code>. It stands among the{' '}
            <a href={links.refusals()} onClick={close}>
              refusals
            </a>
            .
          </p>
        </>
      );
    case 'dry-run':
      return (
        <>
          <p class="tone-text-good">
            <strong>Checked, and released nothing.</strong>{' '}
            {wouldRelease ? 'It would be admitted.' : 'The same bytes are released already.'}
          </p>
          {forecast && <Forecast forecast={forecast} />}
        </>
      );
  }
}

function ToRollout({ id, close }: { id: string; close: () => void }) {
  return (
    <p>
      <a class="button button-main" href={links.rollout(id)} onClick={close}>
        Watch the rollout
      </a>
    </p>
  );
}

function Forecast({ forecast }: { forecast: NonNullable<Upload['forecast']> }) {
  return (
    <ul class="stack-tight">
      {forecastInWords(forecast).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
