// Count and checksum of a table, as docs/protocol.md defines them: independent of order, so that adding and removing
// one row costs one row.

const encoder = new TextEncoder();

function mix(h) {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * What one row adds to the checksum: two unsigned 32-bit numbers. `key` is a string, `version` is [partition, offset]
 * with an offset below 2^53 (beyond, JSON numbers are not exact any more).
 */
export function rowSums(key, version) {
  let h1 = 0x811c9dc5;
  let h2 = 0x9747b28c;
  const bytes = encoder.encode(key);
  for (let i = 0; i < bytes.length; i++) {
    h1 = Math.imul(h1 ^ bytes[i], 0x01000193);
    h2 = Math.imul(h2 ^ bytes[i], 0x85ebca6b);
    h2 ^= h2 >>> 15;
  }
  const [partition, offset] = version;
  const lo = offset >>> 0;  // ToUint32 takes the number modulo 2^32, beyond 32 bits too
  const hi = Math.floor(offset / 4294967296) >>> 0;
  const a = mix(mix(h1 ^ Math.imul(partition, 0x9e3779b1)) ^ lo) + hi;
  const c = mix((mix((h2 + Math.imul(partition, 0xc2b2ae3d)) | 0) + lo) | 0) ^ hi;
  return [a >>> 0, c >>> 0];
}

/** The running checksum of a table. */
export class Checksum {
  #a = 0;
  #c = 0;

  add(sums) {
    this.#a = (this.#a + sums[0]) >>> 0;
    this.#c = (this.#c + sums[1]) >>> 0;
  }

  remove(sums) {
    this.#a = (this.#a - sums[0]) >>> 0;
    this.#c = (this.#c - sums[1]) >>> 0;
  }

  /** 16 lower-case hexadecimal digits. */
  toString() {
    return this.#a.toString(16).padStart(8, '0') + this.#c.toString(16).padStart(8, '0');
  }
}
