import { useState } from 'preact/hooks';
import type { RolloutDetail } from '../../client/answers.ts';
import { announce } from '../live/announcements.ts';
import { isProblem } from '../live/problem-kind.ts';
import { Dialog } from '../parts/dialog.tsx';
import { refusedInWords } from '../words/steering-refused.ts';
import { focusHeading } from '../shell/focus-heading.ts';
import { links } from '../shell/links.ts';
import { actionWords, type SteeringAction } from '../words/steering.ts';
import { steer } from './steer.ts';
import { type SteeringChoices, SteeringFields } from './steering-fields.tsx';

const LONGEST_REASON = 500;

/** Asks for a reason, says what will happen to how many devices, and does it for the revision that was shown. */
export function SteeringDialog({
  action,
  rollout,
  refresh,
  close,
}: {
  action: SteeringAction;
  rollout: RolloutDetail;
  refresh: () => void;
  close: () => void;
}) {
  const [reason, setReason] = useState('');
  const [choices, setChoices] = useState<SteeringChoices>({
    version: '',
    targetCondition: rollout.targetCondition,
    priority: rollout.priority,
  });
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  // The revision that the person decides on: what happens meanwhile must be seen before it is decided again.
  const [seen, setSeen] = useState(rollout.revision);
  const words = actionWords(action, rollout);
  const isPossible = rollout.possibleActions.includes(action);
  const hasMoved = rollout.revision !== seen;

  const submit = async () => {
    if (busy) return;
    if (reason.trim() === '') {
      setRefused('Write a reason: it enters the journal.');
      return;
    }
    setBusy(true);
    setRefused(undefined);
    try {
      const after = await steer(rollout, action, { reason: reason.trim(), ifRevision: seen, choices });
      announce(`${words.label}: done.`);
      close();
      // The button that opened this goes with the state that allowed it.
      window.setTimeout(focusHeading);
      // Devices follow another rollout now.
      if (after.id !== rollout.id) location.hash = links.rollout(after.id);
    } catch (error) {
      if (!isProblem(error)) throw error;
      setRefused(refusedInWords(error, words.label));
    } finally {
      setBusy(false);
      refresh();
    }
  };

  return (
    <Dialog title={words.question} onClose={close}>
      <p>{words.effect}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label class="field">
          Reason, for the journal
          <textarea
            required
            rows={2}
            maxLength={LONGEST_REASON}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <SteeringFields action={action} choices={choices} onChange={setChoices} />
        <div role="alert" class="stack-tight">
          {refused && <p class="tone-text-bad">{refused}</p>}
          {!isPossible && <p class="tone-text-bad">This is not possible any more.</p>}
          {isPossible && hasMoved && (
            <p class="tone-text-warn">
              The rollout has moved on since you opened this: {rollout.state},{' '}
              {rollout.reason || 'no reason given'}.{' '}
              <button
                class="button-link"
                type="button"
                onClick={({ currentTarget }) => {
                  setSeen(rollout.revision);
                  // This button goes; what is to be decided again is the reason.
                  currentTarget.form?.querySelector('textarea')?.focus();
                }}
              >
                I have seen it
              </button>
            </p>
          )}
        </div>
        <div class="row">
          <button
            class={words.isFinal ? 'button button-main button-danger' : 'button button-main'}
            type="submit"
            disabled={!isPossible || hasMoved}
            aria-disabled={busy}
          >
            {busy ? 'Sending …' : words.label}
          </button>
          <button class="button" type="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
