import type { UploadOutcome } from './upload-store.ts';

/** Index tags hold at most 256 characters of a small alphabet (letters, digits, space and `+ - . / : = _`). */
const MAX_VALUE = 256;

/**
 * What a person with only Storage Explorer sees on the blob they dropped. A sentence loses the
 * characters that a tag cannot hold; the whole one is served by HTTP under the same code.
 */
export function outcomeTags(outcome: UploadOutcome): Record<string, string> {
  switch (outcome.kind) {
    case 'admitted':
      return { otaOutcome: 'admitted', otaRollout: outcome.rolloutId };
    case 'dry-run':
      return {
        otaOutcome: 'dry-run',
        otaReason: outcome.wouldRelease ? 'would be released' : 'is already released',
      };
    case 'refused':
      return {
        otaOutcome: 'refused',
        otaCode: outcome.refusal.code,
        otaReason: tagText(outcome.refusal.message),
      };
  }
}

function tagText(text: string): string {
  return text
    .replace(/[^A-Za-z0-9 +\-./:=_]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, MAX_VALUE);
}
