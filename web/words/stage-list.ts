import type { RolloutDetail } from '../../client/answers.ts';

/** A stage as the list of stages shows it. */
export interface ListedStage {
  readonly name: string;
  readonly position: 'passed' | 'open' | 'next' | 'later' | 'skipped';
  readonly words: string;
  /** What it offers the image to. */
  readonly width: string;
  readonly needsApproval: boolean;
}

type Asked = Pick<RolloutDetail, 'state' | 'stage' | 'planDetail'>;

/** The stages of the plan and how far the rollout has come. One that is over opens no further stage. */
export function listedStages({ state, stage, planDetail }: Asked): readonly ListedStage[] {
  const isOver = state === 'stopped' || state === 'completed' || state === 'retired';
  return planDetail.stages.map(({ name, percent, where, approval }, i) => {
    const position = positionOf(i, stage, isOver);
    return {
      name,
      position,
      words: isOver && position === 'open' ? 'was open last' : POSITION_WORDS[position],
      width: percent === undefined ? (where ?? '') : `${percent} % of the devices`,
      needsApproval: approval && i > stage && !isOver,
    };
  });
}

function positionOf(i: number, stage: number, isOver: boolean): ListedStage['position'] {
  if (i < stage) return 'passed';
  if (i === stage) return 'open';
  if (isOver) return 'skipped';
  return i === stage + 1 ? 'next' : 'later';
}

const POSITION_WORDS: Readonly<Record<ListedStage['position'], string>> = {
  passed: 'passed',
  open: 'open',
  next: 'next',
  later: 'later',
  skipped: 'never opened',
};
