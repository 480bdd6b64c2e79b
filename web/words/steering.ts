import type { RolloutDetail } from '../../client/answers.ts';
import { count, counted } from './numbers.ts';

export type SteeringAction = RolloutDetail['possibleActions'][number];

export interface ActionWords {
  readonly label: string;
  readonly question: string;
  /** What it does, and to how many devices. */
  readonly effect: string;
  readonly isFinal: boolean;
}

type Asked = Pick<
  RolloutDetail,
  'state' | 'stage' | 'counts' | 'pending' | 'evidence' | 'planDetail' | 'version' | 'hub'
>;

/** What a person is asked before a rollout is steered. */
export function actionWords(action: SteeringAction, rollout: Asked): ActionWords {
  const working = atWork(rollout);
  const pending = rollout.pending ?? 0;
  const upcoming = rollout.planDetail.stages[rollout.stage + 1];
  switch (action) {
    case 'pause':
      return {
        label: 'Pause',
        question: `Pause ${rollout.version}?`,
        effect: `No further stage opens. ${counted(working, 'device')} at work and ${count(pending)} that ${pending === 1 ? 'was' : 'were'} offered the image but ${pending === 1 ? 'has' : 'have'} not begun go on.`,
        isFinal: false,
      };
    case 'resume':
      return {
        label: 'Resume',
        question: `Resume ${rollout.version}?`,
        effect: `The gate of the open stage decides again: one that still fails pauses the rollout again. ${counted(working, 'device')} at work and ${count(pending)} pending are not touched by it.`,
        isFinal: false,
      };
    case 'stop':
      return {
        label: 'Stop',
        question: `Stop ${rollout.version} for good?`,
        effect: `The offer is withdrawn from ${counted(pending, 'device')} that ${pending === 1 ? 'has' : 'have'} not begun. ${counted(working, 'device')} at work ${working === 1 ? 'finishes' : 'finish'} and ${working === 1 ? 'is' : 'are'} recorded. A stop cannot be taken back: a corrected image is a new version.`,
        isFinal: true,
      };
    case 'approve':
      return {
        label: 'Approve',
        question: upcoming === undefined ? `Approve ${rollout.version}?` : `Approve “${upcoming.name}”?`,
        effect: `${overruled(rollout)}${opened(rollout)}`,
        isFinal: false,
      };
    case 'retire':
      return {
        label: 'Retire',
        question: `Retire ${rollout.version}?`,
        effect: `Its configuration is removed from IoT Hub. ${counted(rollout.hub?.targeted ?? 0, 'device')} that it targets now keep their firmware, ${count(pending)} that never answered are not offered it any more. The records stay.`,
        isFinal: true,
      };
    case 'retarget':
      return {
        label: 'Retarget',
        question: `Change whom ${rollout.version} is for?`,
        effect: `${counted(rollout.hub?.targeted ?? 0, 'device')} targeted now. IoT Hub counts the devices of a new condition first and refuses one that it does not take; the time of the open stage then begins again.`,
        isFinal: false,
      };
    case 'revert':
      return {
        label: 'Go back',
        question: `Go back from ${rollout.version} to the release before?`,
        effect: `It is stopped for good. ${counted(rollout.counts['Succeeded'] ?? 0, 'device')} that ${(rollout.counts['Succeeded'] ?? 0) === 1 ? 'runs' : 'run'} it and ${count(working)} at work are offered the earlier image. Devices ignore a version that is not higher than theirs, so the image is published again under the version that you give; where it does not hold that version's text, nothing is done, and you are told what to build.`,
        isFinal: true,
      };
  }
}

function atWork({ counts }: Asked): number {
  return (counts['Downloading'] ?? 0) + (counts['Verifying'] ?? 0) + (counts['Applying'] ?? 0);
}

function overruled({ state, evidence }: Asked): string {
  if (state !== 'paused') return '';
  return `It overrules the gate of the open stage (${count(evidence.failed)} failed, ${count(evidence.succeeded)} succeeded) and resumes the rollout. `;
}

function opened({ planDetail, stage, hub }: Asked): string {
  const upcoming = planDetail.stages[stage + 1];
  if (!upcoming) return 'No stage is left to open.';
  const now = `${count(hub?.targeted ?? 0)} targeted now`;
  return upcoming.percent === undefined
    ? `The stage then offers the image to the devices with ${upcoming.where ?? ''}; ${now}.`
    : `The stage then offers the image to ${upcoming.percent} % of the devices; ${now}.`;
}
