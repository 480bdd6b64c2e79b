import type { RolloutDetail } from '../client/answers.ts';
import { endedDevices, targetedDevices, workingDevices } from './rollout-view.ts';

export type Action = 'pause' | 'resume' | 'stop' | 'approve' | 'retarget' | 'revert' | 'retire';

/** What an action does to how many devices, in a sentence or two, before a person confirms it. */
export function touchedDevices(rollout: RolloutDetail, action: Action): string {
  const working = workingDevices(rollout);
  const targeted = targetedDevices(rollout);
  const waiting = Math.max(0, targeted - endedDevices(rollout) - working);
  const goOn = `${devices(working)} that ${working === 1 ? 'is' : 'are'} at work will finish`;
  switch (action) {
    case 'pause':
      return `No further stage opens. ${goOn}; ${devices(waiting)} that the open stage targets may still begin.`;
    case 'resume':
      return `Gates are judged again, and further stages may open; ${devices(targeted)} targeted so far.`;
    case 'stop':
      return `The offer is withdrawn from ${devices(waiting)} that ${waiting === 1 ? 'has' : 'have'} not begun. ${goOn}. It cannot be resumed.`;
    case 'approve':
      return approval(rollout, targeted);
    case 'retarget':
      return `${devices(targeted)} targeted now; IoT Hub counts anew under what you give. ${goOn}.`;
    case 'revert':
      return `The rollout is stopped, and the release before is offered to the ${devices(targeted)} that it targets.`;
    case 'retire':
      return `Its configuration is removed from IoT Hub; ${devices(targeted)} keep the firmware that they run.`;
  }
}

function approval({ state, stage, stages }: RolloutDetail, targeted: number): string {
  const overruled = state === 'paused' ? 'The gate of the open stage is overruled. ' : '';
  const next = Math.min(stage + 2, stages);
  return `${overruled}Stage ${next} of ${stages} may open, beyond the ${devices(targeted)} targeted so far.`;
}

function devices(count: number): string {
  return `${count} ${count === 1 ? 'device' : 'devices'}`;
}
