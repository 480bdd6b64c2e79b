/** An answer did not come in time; what was asked for may still go on. */
export class LateAnswerError extends Error {
  readonly code = 'late-answer';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
    this.name = 'LateAnswerError';
  }
}

/** The answer, where it comes in time. Throws what it throws, and LateAnswerError. */
export async function within<Answer>(milliseconds: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateAnswerError(milliseconds)), milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
