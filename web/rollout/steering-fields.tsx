import type { SteeringAction } from '../words/steering.ts';

/** What some actions ask for beside the reason. */
export interface SteeringChoices {
  /** What the earlier image is published as. */
  readonly version: string;
  readonly targetCondition: string;
  readonly priority: number;
}

/** The fields of an action; nothing for those that need a reason only. */
export function SteeringFields({
  action,
  choices,
  onChange,
}: {
  action: SteeringAction;
  choices: SteeringChoices;
  onChange: (choices: SteeringChoices) => void;
}) {
  if (action === 'revert') {
    return (
      <label class="field">
        New version of the earlier image; empty only for devices that take a lower one
        <input
          spellcheck={false}
          autocomplete="off"
          value={choices.version}
          onInput={(event) => onChange({ ...choices, version: event.currentTarget.value })}
        />
      </label>
    );
  }
  if (action !== 'retarget') return null;
  return (
    <>
      <label class="field">
        Target condition
        <textarea
          required
          rows={2}
          spellcheck={false}
          value={choices.targetCondition}
          onInput={(event) => onChange({ ...choices, targetCondition: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        Priority
        <input
          type="number"
          required
          min={0}
          step={1}
          value={choices.priority}
          onInput={(event) => onChange({ ...choices, priority: event.currentTarget.valueAsNumber })}
        />
      </label>
    </>
  );
}
