import { canonicalVersion } from './version.ts';
import type { DeviceProfile } from './device-profile.ts';
import { foreignFormat } from './image-format.ts';
import { type Refusal, refusal } from './refusal.ts';

/** Checks that need the size alone, so that a wrong file is refused before it is read. */
export function checkSize(size: number, profile: DeviceProfile): Refusal | undefined {
  if (size === 0) {
    return refusal('image-empty', 'The file is empty. Upload the .bin that the build made.');
  }
  if (size > profile.maxBytes) {
    return refusal(
      'image-too-large',
      `The image has ${size} bytes; a device of profile ${profile.name} takes at most ${profile.maxBytes}. ` +
        'Upload the application image alone, built for size if need be.',
    );
  }
  return undefined;
}

/**
 * Checks of an image's bytes against what its device can run; `undefined` where nothing is wrong.
 * Every check here stands for a device that would fail, loop or be bricked.
 */
export function checkImage(bytes: Buffer, version: string, profile: DeviceProfile): Refusal | undefined {
  return (
    checkSize(bytes.length, profile) ??
    checkFormat(bytes) ??
    (profile.layout && checkVectorTable(bytes, profile.layout)) ??
    (profile.versionInImage ? checkVersion(bytes, version) : undefined)
  );
}

function checkFormat(bytes: Buffer): Refusal | undefined {
  if (bytes.every((byte) => byte === 0xff)) {
    return refusal(
      'image-blank',
      'Every byte is 0xFF: this is erased flash, not firmware. Upload the .bin that the build made.',
    );
  }
  const format = foreignFormat(bytes);
  return (
    format &&
    refusal('image-wrong-format', `The file is ${format.name}, not a raw binary image: ${format.advice}.`)
  );
}

type Layout = NonNullable<DeviceProfile['layout']>;

/** A Cortex-M image starts with its initial stack pointer and its reset vector (bit 0 set: Thumb). */
function checkVectorTable(bytes: Buffer, layout: Layout): Refusal | undefined {
  if (bytes.length < 8) {
    return refusal(
      'image-too-small',
      `The image has ${bytes.length} bytes and so no vector table. Upload the .bin that the build made.`,
    );
  }
  const stackPointer = bytes.readUInt32LE(0);
  const resetVector = bytes.readUInt32LE(4);
  if (!isStackPointer(stackPointer, layout)) {
    return refusal(
      'image-bad-stack-pointer',
      `The image starts with the stack pointer ${hex(stackPointer)}, which is not in the device's SRAM ` +
        `(${hex(layout.sram.start)} to ${hex(layout.sram.end)}). It is no application image of this device.`,
    );
  }
  if (resetVector >= layout.flashStart && resetVector < layout.applicationStart) {
    return refusal('image-full-flash', fullFlashMessage(bytes, layout));
  }
  const end = layout.applicationStart + bytes.length;
  if (resetVector % 2 === 0 || resetVector < layout.applicationStart || resetVector >= end) {
    return refusal(
      'image-bad-reset-vector',
      `The image's reset vector is ${hex(resetVector)}; it must be odd and inside the application ` +
        `(${hex(layout.applicationStart)} to ${hex(end)}). Link the application at ${hex(layout.applicationStart)}.`,
    );
  }
  return undefined;
}

function isStackPointer(value: number, { sram }: Layout): boolean {
  return value > sram.start && value <= sram.end && value % 4 === 0;
}

function fullFlashMessage(bytes: Buffer, layout: Layout): string {
  const cut = layout.applicationStart - layout.flashStart;
  const advice = `cut off the first ${cut} bytes (tail -c +${cut + 1} full.bin > app.bin) and upload what is left`;
  const holdsApplication = bytes.length >= cut + 8 && isStackPointer(bytes.readUInt32LE(cut), layout);
  return (
    'The image starts with the bootloader: it is a full-flash image for a programmer, and would brick a device ' +
    `over the air. ${holdsApplication ? `The application starts at ${hex(cut)}: ${advice}` : `Upload the application alone, linked at ${hex(layout.applicationStart)}`}.`
  );
}

/**
 * A device runs the version that is compiled in. An image that is announced as another version comes
 * back from the update with a version that is still too low, and downloads again, for ever.
 */
function checkVersion(bytes: Buffer, version: string): Refusal | undefined {
  if (spellings(version).some((spelling) => holdsText(bytes, spelling))) return undefined;
  return refusal(
    'image-without-version',
    `The text "${version}" does not occur in the image, so it was compiled with another version and devices would ` +
      `download it again and again. Set the firmware's version to ${version} and build again, or upload it under its own version.`,
  );
}

/** Every spelling that the device takes for the same version: with and without zero components at the end. */
function spellings(version: string): string[] {
  const spelled = new Set([version]);
  const parts = canonicalVersion(version).split('.');
  for (; parts.length <= 4; parts.push('0')) spelled.add(parts.join('.'));
  return [...spelled].filter((spelling) => spelling === version || spelling.includes('.'));
}

/** True where the text occurs as a whole: not as a part of a longer number or version (`11.0.1`, `1.0.12`). */
function holdsText(bytes: Buffer, text: string): boolean {
  for (let at = bytes.indexOf(text, 0, 'latin1'); at !== -1; at = bytes.indexOf(text, at + 1, 'latin1')) {
    const before = bytes.toString('latin1', Math.max(0, at - 2), at);
    const after = bytes.toString('latin1', at + text.length, at + text.length + 2);
    if (!/(?:\d|\d\.)$/.test(before) && !/^(?:\d|\.\d)/.test(after)) return true;
  }
  return false;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
