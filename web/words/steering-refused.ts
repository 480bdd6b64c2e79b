import { ApiError } from '../../client/api-error.ts';
import { kindOf, type Problem } from '../live/problem-kind.ts';

/** Why a rollout was not steered, and what to do. */
export function refusedInWords(problem: Problem, label: string): string {
  switch (kindOf(problem)) {
    case 'changed':
      return 'The rollout has moved on since you looked at it, so nothing was done. Look at what it shows now, and decide again.';
    case 'conflict':
      return problem.message;
    case 'key-needed':
      return `Your key does not open “${label}”: nothing was done. Steering has keys of its own; use “Forget key” at the top and enter one that has this right.`;
    case 'sign-in-needed':
      return 'You are not signed in any more: nothing was done. Reload the page to sign in.';
    case 'forbidden':
      return `${problem.message} Nothing was done.`;
    case 'unreachable':
      return 'The app does not answer. It may have done it all the same: look at the state before you try again.';
    case 'busy':
    case 'failed':
    case 'not-found':
      return problem.message;
    case 'refused':
      return problem instanceof ApiError
        ? [problem.message, ...problem.pointers.map(placed)].join(' ')
        : problem.message;
  }
}

/** `#/version is needed: …` as a sentence about a field. */
function placed({ pointer, detail }: ApiError['pointers'][number]): string {
  const field = pointer.replace(/^#\//, '');
  return `${field === '' ? 'It' : `“${field}”`} ${detail}.`;
}
