/** How the command ended. Scripts may rely on the numbers: they never change. */
export const exitCodes = {
  ok: 0,
  /** It was carried out, and the answer is no: refused, stopped, a check that failed, nothing confirmed. */
  no: 1,
  usage: 2,
  /** The app does not answer, or failed to. */
  unreachable: 3,
  denied: 4,
  notFound: 5,
  /** Its state does not allow it, or it has moved on since it was looked at. */
  conflict: 6,
  /** There was no outcome in the time that was allowed. */
  timeout: 7,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** As `--help` and the documentation list them. */
export const exitCodeWords: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, 'done; a watched rollout completed; an image was admitted'],
  [exitCodes.no, 'the answer is no: image refused, rollout stopped, a check failed, not confirmed'],
  [exitCodes.usage, 'the command line is not right; nothing was done'],
  [exitCodes.unreachable, 'the app does not answer, or failed to'],
  [exitCodes.denied, 'no key or token, or one without the right'],
  [exitCodes.notFound, 'there is no such rollout, device or file'],
  [exitCodes.conflict, 'the state does not allow it, or it has moved on'],
  [exitCodes.timeout, 'no outcome within --timeout'],
  [exitCodes.interrupted, 'Ctrl-C'],
];
