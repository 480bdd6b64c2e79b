/** The Event Hubs service spreads partition keys over this many logical partitions (.NET's `short.MaxValue`). */
const LOGICAL_PARTITIONS = 32_767;

/**
 * The Event Hub partition (0 … `partitionCount` - 1) into which the service puts a partition key; IoT
 * Hub uses the device id as the key. The rule is the one of Microsoft's own end-to-end tests
 * (`EventHubPartitionKeyResolver` of Azure/iotedge): the key in upper case, hashed to 16 bits, and the
 * 32,767 logical partitions cut into `partitionCount` ranges, the wider ones first.
 *
 * It is a *hint*: nothing documents it as a contract, so correctness must never depend on it.
 * Throws a RangeError where `partitionCount` is not an integer of 1 to 32,767.
 */
export function eventPartition(partitionKey: string, partitionCount: number): number {
  if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > LOGICAL_PARTITIONS) {
    throw new RangeError(
      `A partition count is an integer of 1 to ${LOGICAL_PARTITIONS}, not ${partitionCount}`,
    );
  }
  const logical = Math.abs(hashToInt16(partitionKey.toUpperCase()) % LOGICAL_PARTITIONS);
  const narrow = Math.floor(LOGICAL_PARTITIONS / partitionCount);
  const wideRanges = LOGICAL_PARTITIONS - partitionCount * narrow;
  const inWideRanges = wideRanges * (narrow + 1);
  return logical < inWideRanges
    ? Math.floor(logical / (narrow + 1))
    : wideRanges + Math.floor((logical - inWideRanges) / narrow);
}

/**
 * Bob Jenkins' lookup3 (`hashlittle2` with both seeds 0), its two words folded to one signed 16-bit
 * number, as Event Hubs and its SDKs hash a partition key. Public for the known answers of the SDKs,
 * which hash without the upper-casing.
 */
export function hashToInt16(text: string): number {
  const bytes = asciiBytes(text);
  const tail = bytes.length === 0 ? 0 : ((bytes.length - 1) % 12) + 1;
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; at + tail < bytes.length; at += 12) {
    a = (a + bytes.readInt32LE(at)) | 0;
    b = (b + bytes.readInt32LE(at + 4)) | 0;
    c = (c + bytes.readInt32LE(at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (tail === 0) return toInt16(c ^ b);
  const last = Buffer.alloc(12);
  bytes.copy(last, 0, at);
  a = (a + last.readInt32LE(0)) | 0;
  b = (b + last.readInt32LE(4)) | 0;
  c = (c + last.readInt32LE(8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return toInt16(c ^ b);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function toInt16(word: number): number {
  return (word << 16) >> 16;
}

/** .NET's ASCII encoding writes `?` for what is not ASCII; device ids never hold such a character. */
function asciiBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll(/[^\0-\u007F]/g, '?'), 'latin1');
}
