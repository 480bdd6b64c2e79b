import { expect, test } from 'vitest';
import { metadataOf, outcomeIn, storable } from '../../../cli/blob-drop-box.ts';
import { readUploadRequest } from '../../../src/shared/firmware/upload.ts';
import { outcomeTags } from '../../../src/shared/firmware/outcome-tags.ts';

const request = {
  name: 'fw.bin',
  version: '1.0.1',
  deviceType: 'Gateway',
  plan: 'careful',
  targetCondition: "tags.site='a'",
  priority: '7',
  labels: { team: 'field' },
  dryRun: true,
};

test('the app reads from the metadata what the person has asked for', () => {
  const read = readUploadRequest(
    { path: 'fw.bin', metadata: metadataOf(request) },
    { deviceType: 'IoTDevKit' },
  );
  const { name: _, ...asked } = request;
  expect(read).toEqual({ ok: true, request: { ...asked, priority: 7 } });
});

test('what was not asked for is not there', () => {
  const nothing = { version: undefined, deviceType: undefined, plan: undefined, targetCondition: undefined };
  expect(metadataOf({ ...nothing, name: 'a.bin', priority: undefined, labels: {}, dryRun: false })).toEqual(
    {},
  );
});

test('what cannot travel in a header is refused with what to change', () => {
  const metadata = metadataOf(request);
  expect(storable(metadata)).toEqual(metadata);
  expect(() => storable({ 'label_team-x': '1' })).toThrow('"label_team-x" cannot be metadata of a blob.');
  expect(() => storable({ label_team: 'fünf' })).toThrow('it holds more than ASCII');
  expect(() => storable({ plan: 'a\nb' })).toThrow('cannot be metadata');
});

test('the outcome is read from the tags that the app writes', () => {
  expect(outcomeIn({})).toEqual({ outcome: 'pending' });
  expect(outcomeIn(outcomeTags({ kind: 'admitted', rolloutId: 'fw-1', releasedNow: true }))).toEqual({
    outcome: 'admitted',
    rollout: 'fw-1',
  });
  const refusal = { code: 'image-empty' as const, message: 'The image is empty.' };
  expect(outcomeIn(outcomeTags({ kind: 'refused', refusal }))).toEqual({
    outcome: 'refused',
    code: 'image-empty',
    message: 'The image is empty.',
  });
});
