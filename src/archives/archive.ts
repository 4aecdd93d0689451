import type { Problem } from '../versions/problem.ts'

/** An archive in memory, or the path of one on disk. */
export type ArchiveSource = Uint8Array | string

export type ArchiveFormat = 'zip' | 'tar.gz'

/** What an archive says of one of its entries. */
export interface ArchiveEntry {
  /** With `/` between folders; never absolute, never upwards. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  /** Bytes when unpacked. */
  readonly size: number
}

/** An archive that was read whole, within its limits. */
export interface ReadArchive {
  readonly format: ArchiveFormat
  /** In the archive's order. */
  readonly entries: readonly ArchiveEntry[]
  /** Bytes of the files that were wanted, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Wanted files whose bytes cannot be had, and why; a path that stands there twice is among them. */
  readonly unread: ReadonlyMap<string, Problem>
}

/** How much an archive may cost whoever reads it. */
export interface ArchiveLimits {
  readonly entries: number
  /** Characters of a path. */
  readonly pathLength: number
  /** All entries together when unpacked. */
  readonly unpackedBytes: number
  /** Unpacked bytes for each packed one, once `denseBytes` are unpacked: PyPI's own rule against bombs. */
  readonly ratio: number
  readonly denseBytes: number
  /** One wanted file. */
  readonly fileBytes: number
  /** All wanted files together. */
  readonly keptBytes: number
}

const mebibyte = 1024 * 1024

/** Room for the largest real packages (PyTorch: 17,000 files, 3 GB), and for nothing much beyond them. */
export const defaultArchiveLimits: ArchiveLimits = {
  entries: 100_000,
  pathLength: 1024,
  unpackedBytes: 4096 * mebibyte,
  ratio: 50,
  denseBytes: 64 * mebibyte,
  fileBytes: 4 * mebibyte,
  keptBytes: 64 * mebibyte,
}

/** What is wrong with an archive, on its way from where it is found to the answer. Never leaves this folder. */
export class UnsoundArchive extends Error {
  readonly problem: Problem
  constructor(value: string, expected: string, field = 'archive') {
    super(`${field}: got ${value}, expected ${expected}`)
    this.problem = { field, value, expected }
  }
}
