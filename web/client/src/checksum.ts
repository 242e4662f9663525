// The checksum of a table, as docs/protocol.md defines it: independent of order, so that adding and removing one row
// costs one row.

/** Partition and offset of the record that last changed a row. */
export type Version = readonly [partition: number, offset: number];

const encoder = new TextEncoder();

function mix(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');

/** A running checksum. Offsets are exact below 2^53: beyond, JSON numbers are not. */
export class Checksum {
  #a = 0;
  #c = 0;

  /** `sign` -1 takes the row away again. */
  add(key: string, [partition, offset]: Version, sign: 1 | -1 = 1): void {
    let h1 = 0x811c9dc5;
    let h2 = 0x9747b28c;
    for (const byte of encoder.encode(key)) {
      h1 = Math.imul(h1 ^ byte, 0x01000193);
      h2 = Math.imul(h2 ^ byte, 0x85ebca6b);
      h2 ^= h2 >>> 15;
    }
    const lo = offset >>> 0;  // ToUint32 takes the number modulo 2^32, beyond 32 bits too
    const hi = Math.floor(offset / 4294967296) >>> 0;
    const a = mix(mix(h1 ^ Math.imul(partition, 0x9e3779b1)) ^ lo) + hi;
    const c = mix((mix((h2 + Math.imul(partition, 0xc2b2ae3d)) | 0) + lo) | 0) ^ hi;
    this.#a = (this.#a + sign * (a >>> 0)) >>> 0;
    this.#c = (this.#c + sign * (c >>> 0)) >>> 0;
  }

  /** 16 lower-case hexadecimal digits. */
  toString(): string {
    return hex(this.#a) + hex(this.#c);
  }
}

/** The checksum of rows that are not deleted, for example of the answer of `/v1/clients/{client}/rows`. */
export function checksumOf(rows: Iterable<{readonly key: string; readonly v: Version}>): string {
  const sum = new Checksum();
  for (const {key, v} of rows) sum.add(key, v);
  return sum.toString();
}
