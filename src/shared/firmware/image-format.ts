/** Formats that are no raw binary image, told by how they begin. */
const formats: readonly {
  readonly name: string;
  readonly advice: string;
  readonly matches: (start: Buffer) => boolean;
}[] = [
  {
    name: 'an Intel HEX file',
    advice: 'convert it: objcopy -I ihex -O binary firmware.hex firmware.bin',
    matches: (start) => /^:[0-9A-Fa-f]{10}/.test(start.toString('latin1')),
  },
  {
    name: 'a Motorola S-record file',
    advice: 'convert it: objcopy -I srec -O binary firmware.srec firmware.bin',
    matches: (start) => /^S[0-3][0-9A-Fa-f]{8}/.test(start.toString('latin1')),
  },
  {
    name: 'an ELF file',
    advice: 'convert it: arm-none-eabi-objcopy -O binary firmware.elf firmware.bin',
    matches: (start) => start.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1')),
  },
  {
    name: 'a UF2 file',
    advice: 'convert it to a raw binary image (uf2conv.py --convert)',
    matches: (start) => start.subarray(0, 8).equals(Buffer.from('5546320a57515d9e', 'hex')),
  },
  {
    name: 'a zip archive',
    advice: 'unpack it and upload the .bin that is in it',
    matches: (start) => ['504b0304', '504b0506'].includes(start.toString('hex', 0, 4)),
  },
  {
    name: 'a gzip archive',
    advice: 'unpack it (gunzip) and upload the .bin that is in it',
    matches: (start) => start.subarray(0, 3).equals(Buffer.from([0x1f, 0x8b, 0x08])),
  },
  {
    name: 'an HTML or XML page',
    advice: 'it is probably an error page of a download: fetch the image again',
    matches: (start) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml)/i.test(start.toString('latin1')),
  },
];

/** How many bytes of the start are looked at. */
const LOOK_AT = 512;

/** The format that `bytes` are in if it is one that no device takes, with what to do about it. */
export function foreignFormat(bytes: Buffer): { readonly name: string; readonly advice: string } | undefined {
  const start = bytes.subarray(0, LOOK_AT);
  return formats.find((format) => format.matches(start));
}
