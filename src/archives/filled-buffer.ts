/** Room for a file whose size is known, filled as its bytes come: nothing of them is held twice. */
export interface FilledBuffer {
  /** What was added so far. */
  readonly all: Buffer
  add(chunk: Uint8Array): void
}

/** @param size in bytes; more than that is dropped, whoever reads checks the length */
export function filledBuffer(size: number): FilledBuffer {
  const room = Buffer.allocUnsafeSlow(size)
  let used = 0
  return {
    get all() {
      return room.subarray(0, used)
    },
    add: (chunk) => {
      const fits = chunk.subarray(0, size - used)
      room.set(fits, used)
      used += fits.length
    },
  }
}
