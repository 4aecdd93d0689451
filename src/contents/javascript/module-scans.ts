import { type ArchiveContents, textIn, type Unread } from '../contents.ts'
import { type ModuleScan, scanModule } from './module-scan.ts'

/** Enough for the largest packages of npm, whose code a release changes a part of. */
const mostCharacters = 12_000_000

/** The scripts of one archive, each scanned once and when it is asked for; minified ones are left alone. */
export class ModuleScans {
  readonly #archive: ArchiveContents
  readonly #known = new Map<string, ModuleScan | null>()
  #budget = mostCharacters
  readonly #left: string[] = []

  constructor(archive: ArchiveContents) {
    this.#archive = archive
  }

  /** Null for what is not there, was not read, is minified, or is no JavaScript. */
  of(path: string): ModuleScan | null {
    const known = this.#known.get(path)
    if (known !== undefined) return known
    const scan = this.#scan(path)
    this.#known.set(path, scan)
    return scan
  }

  /** Whether all of its code was read so far, so that what was not met is not there. */
  get isWhole(): boolean {
    return this.#left.length === 0 && this.#archive.unread.length === 0
  }

  /** Files whose text was there and that no rule has looked at all the same. */
  get unread(): readonly Unread[] {
    const [first] = this.#left
    if (first === undefined) return []
    const others = this.#left.length > 1 ? ` and ${this.#left.length - 1} more files` : ''
    return [{ file: `${first}${others}`, why: 'more code than is read of one release' }]
  }

  #scan(path: string): ModuleScan | null {
    const text = textIn(this.#archive, path)
    if (text === null || isMinified(text)) return null
    if (text.length > this.#budget) {
      this.#left.push(path)
      return null
    }
    this.#budget -= text.length
    return scanModule(text)
  }
}

const isMinified = (text: string): boolean =>
  text.length > 5000 && text.length / (text.split('\n').length + 1) > 400
