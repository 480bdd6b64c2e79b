import type { RolloutDetail } from '../client/answers.ts';
import { type Line, type Style, styled } from './styled-text.ts';

type Stage = RolloutDetail['planDetail']['stages'][number];

/** Each stage with its gate: what the numbers of the open one are judged against. One stage alone says nothing. */
export function stageLines({ planDetail: { stages }, stage: open }: RolloutDetail): Line[] {
  if (stages.length === 1) return [];
  const width = Math.max(...stages.map(({ name }) => name.length));
  return stages.map((stage, i) => {
    const [word, style] = placeOf(i, open);
    const isLast = i === stages.length - 1;
    return [
      '  ',
      styled(style, word.padEnd(6)),
      `${stage.name.padEnd(width)}  `,
      styled('dim', needs(stage, isLast)),
    ];
  });
}

function placeOf(index: number, open: number): readonly [string, Style] {
  if (index < open) return ['past', 'green'];
  return index === open ? ['open', 'cyan'] : ['later', 'dim'];
}

/** What the stage asks for; the gate of the last one only ends the rollout. */
function needs({ approval, gate }: Stage, isLast: boolean): string {
  const { minAnswered, maxFailedPercent, maxFailed, maxStuck, soakMinutes } = gate;
  const { minSucceededPercent, minEndedPercent } = gate;
  return [
    ...(approval ? ['opens when approved'] : []),
    ...(!isLast && minAnswered > 0 ? [`at least ${minAnswered} answer`] : []),
    ...(maxFailedPercent < 100 ? [`at most ${maxFailedPercent} % fail`] : []),
    ...(maxFailed === undefined ? [] : [`at most ${maxFailed} fail`]),
    ...(maxStuck === undefined ? [] : [`at most ${maxStuck} stuck`]),
    ...(minSucceededPercent === undefined ? [] : [`at least ${minSucceededPercent} % succeed`]),
    ...(minEndedPercent === undefined ? [] : [`${minEndedPercent} % have an end`]),
    ...(soakMinutes > 0 ? [`open for ${soakMinutes} min`] : []),
  ].join(', ');
}
