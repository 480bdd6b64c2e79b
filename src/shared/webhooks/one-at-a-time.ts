/**
 * Runs the task for whoever asks, one run after the other. All who ask while a run waits for its turn share
 * that run, which begins after their question: so it sees what they have written. It is given what the first
 * of them has given.
 */
export function oneAtATime<Given>(task: (given: Given) => Promise<void>): (given: Given) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return async (given) => {
    if (waiting) return waiting;
    const begin = async (): Promise<void> => {
      waiting = undefined;
      return task(given);
    };
    waiting = last.then(begin, begin);
    last = waiting;
    return waiting;
  };
}
