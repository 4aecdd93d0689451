import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { RandomAccessReader } from 'yauzl'
import type { ArchiveSource } from './archive.ts'

/** So much is read ahead: entries lie side by side, and each has a header that is looked at first. */
const windowBytes = 128 * 1024

/**
 * Any part of an archive on disk or in memory, for a zip reader that jumps about in it. Reads at once, without a way
 * through the thread pool for each of 100,000 headers: not for the thread that serves.
 */
export class ByteSource extends RandomAccessReader {
  readonly size: number
  readonly #file: number | null
  /** Filled anew for each window: thousands of them would wait for the collector. */
  #room = Buffer.allocUnsafeSlow(windowBytes)
  #window: Buffer
  #windowAt = 0

  constructor(source: ArchiveSource) {
    super()
    this.#file = typeof source === 'string' ? openSync(source, 'r') : null
    this.#window =
      typeof source === 'string'
        ? Buffer.alloc(0)
        : Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    this.size = this.#file === null ? this.#window.length : fstatSync(this.#file).size
  }

  /** The bytes from `position` on; fewer than asked for where the archive ends. Good until the next call. */
  bytes(position: number, length: number): Buffer {
    if (this.#file === null) return this.#window.subarray(position, position + length)
    const at = position - this.#windowAt
    if (at >= 0 && at + length <= this.#window.length) return this.#window.subarray(at, at + length)
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(length)
    let filled = 0
    while (filled < this.#room.length) {
      const read = readSync(this.#file, this.#room, filled, this.#room.length - filled, position + filled)
      if (read === 0) break
      filled += read
    }
    this.#window = this.#room.subarray(0, filled)
    this.#windowAt = position
    return this.#window.subarray(0, length)
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, read?: number) => void,
  ): void {
    done(null, this.bytes(position, length).copy(buffer, offset))
  }

  /** Whoever opened it ends it, whatever became of the reader in between. */
  end(): void {
    if (this.#file !== null) closeSync(this.#file)
  }
}
