import { type ArchiveContents, sameBytes, textIn, type Unread } from '../contents.ts'
import { type Binding, type ModuleOutline, outlineModule } from './outline/module-outline.ts'
import { createTextPool, type TextPool } from './outline/text-pool.ts'

/** Where a module's text lies in an archive. */
export interface ModuleFile {
  readonly name: string
  readonly path: string
  readonly isPackage: boolean
  /** A text that can be read: source, or the stub of a compiled module. */
  readonly readable: boolean
}

const sourceFile = /^((?:[^/]+\/)*[\p{L}_][\w\p{L}]*)\.(pyi?|(?:[^/]*\.)?(?:so|pyd))$/u

/** The importable modules of a wheel, by dotted name. Compiled modules count by their stub, or unread. */
export function modulesOf(archive: ArchiveContents): ReadonlyMap<string, ModuleFile> {
  const modules = new Map<string, ModuleFile>()
  for (const path of archive.sizes.keys()) {
    const inner = path.replace(/^[^/]+\.data\/(purelib|platlib)\//, '')
    const found = sourceFile.exec(inner)
    if (found === null || /\.(dist-info|data)\//.test(inner)) continue
    const [, stem = '', ending = ''] = found
    const parts = stem.split('/')
    const isPackage = parts.at(-1) === '__init__'
    const name = (isPackage ? parts.slice(0, -1) : parts).join('.')
    if (name === '' || !parts.every((part) => /^[\p{L}_][\w\p{L}]*$/u.test(part))) continue
    const readable = ending === 'py' || ending === 'pyi'
    const known = modules.get(name)
    // Source before stub before machine code.
    if (known === undefined || ending === 'py' || (!known.readable && readable))
      modules.set(name, { name, path, isPackage, readable })
  }
  return modules
}

/** What a name is in a module: there, certainly not there, or beyond what its text shows. */
export type Presence = 'there' | 'dynamic' | 'unknown' | 'gone'

/** The modules of one archive with their outlines, read when they are asked for. */
export class PythonPackage {
  readonly archive: ArchiveContents
  readonly modules: ReadonlyMap<string, ModuleFile>
  /** Packages that have no file of their own: folders that lie around modules. */
  readonly folders: ReadonlySet<string>
  /** Characters that are still parsed; what is left then is not known, and never taken for gone. */
  #budget = mostCharacters
  readonly #left: string[] = []
  readonly #outlines = new Map<string, ModuleOutline | null>()

  readonly #like: PythonPackage | null
  readonly #pool: TextPool

  /** `like`: another release of it, whose outlines are taken where the texts are the same. */
  constructor(archive: ArchiveContents, like: PythonPackage | null = null) {
    this.archive = archive
    this.#like = like
    this.#pool = like === null ? createTextPool() : like.#pool
    this.modules = modulesOf(archive)
    const folders = new Set<string>()
    for (const name of this.modules.keys())
      for (let at = name.lastIndexOf('.'); at > 0; at = name.lastIndexOf('.', at - 1))
        folders.add(name.slice(0, at))
    this.folders = folders
  }

  /** Names that can be imported without a dot. */
  get topLevels(): readonly string[] {
    return [...new Set([...this.modules.keys()].map((name) => name.split('.')[0] ?? name))]
  }

  /** Whether all of its text was read so far, so that what was not met is not there. */
  get isWhole(): boolean {
    return this.#left.length === 0 && this.archive.unread.length === 0
  }

  /** Modules whose text was there and that no rule has looked at all the same. */
  get unread(): readonly Unread[] {
    const [first] = this.#left
    if (first === undefined) return []
    const others = this.#left.length > 1 ? ` and ${this.#left.length - 1} more modules` : ''
    return [
      { file: `${first}${others}`, why: 'more text, or more deeply nested, than is read of one release' },
    ]
  }

  hasModule(name: string): boolean {
    return this.modules.has(name) || this.folders.has(name)
  }

  /** The outline of a module; null for what has no text that was read. */
  outline(name: string): ModuleOutline | null {
    const known = this.#outlines.get(name)
    if (known !== undefined) return known
    const outline = this.#sameOutline(name) ?? this.#readOutline(name)
    this.#outlines.set(name, outline)
    return outline
  }

  #sameOutline(name: string): ModuleOutline | null {
    const [file, other] = [this.modules.get(name), this.#like?.modules.get(name)]
    const isSame = file !== undefined && file.path === other?.path
    return isSame && this.#like !== null && sameBytes(this.archive, this.#like.archive, file.path)
      ? this.#like.outline(name)
      : null
  }

  #readOutline(name: string): ModuleOutline | null {
    const file = this.modules.get(name)
    const text = file?.readable ? textIn(this.archive, file.path) : null
    if (file === undefined || text === null) return null
    if (text.length > this.#budget || nestsDeep(text)) {
      this.#left.push(file.path)
      return null
    }
    this.#budget -= text.length
    return outlineModule(text, name, file.isPackage, this.#pool)
  }

  /** Whether `module.name` can be had. */
  presence(module: string, name: string, seen: ReadonlySet<string> = new Set()): Presence {
    if (this.hasModule(`${module}.${name}`)) return 'there'
    if (!this.modules.has(module)) return this.folders.has(module) ? 'gone' : 'unknown'
    const outline = this.outline(module)
    if (outline === null) return 'unknown'
    if (moduleAttributes.has(name)) return 'there'
    const bound = outline.names.get(name)
    // `from . import part` in the package's own file brings nothing by itself.
    const isOfItself = bound?.from?.module === module && bound.from.name === name
    if (bound !== undefined && !isOfItself) return 'there'
    if (outline.all?.includes(name)) return 'there'
    if (outline.dynamic?.has(name)) return 'dynamic'
    const stars = this.#throughStars(outline, module, name, seen)
    if (stars !== 'gone') return stars
    return outline.opaque ? 'unknown' : 'gone'
  }

  #throughStars(outline: ModuleOutline, module: string, name: string, seen: ReadonlySet<string>): Presence {
    let best: Presence = 'gone'
    for (const use of outline.imports) {
      if (use.name !== '*' || use.inFunction || seen.has(use.module)) continue
      const reached = this.hasModule(use.module)
        ? this.#exports(use.module, name, new Set([...seen, module]))
        : 'unknown'
      if (reached === 'there') return 'there'
      if (reached !== 'gone') best = reached
    }
    return best
  }

  /** What `from module import *` brings of a name. */
  #exports(module: string, name: string, seen: ReadonlySet<string>): Presence {
    const outline = this.outline(module)
    if (outline === null) return 'unknown'
    if (outline.all !== null) return outline.all.includes(name) ? 'there' : 'gone'
    return name.startsWith('_') ? 'gone' : this.presence(module, name, seen)
  }

  /** The definition behind a name, followed through the package's own imports; null when it is not to be had. */
  definition(
    module: string,
    name: string,
    depth = 0,
  ): { readonly module: string; readonly binding: Binding } | null {
    const outline = this.outline(module)
    const binding = outline?.names.get(name)
    if (outline === null || depth > 8) return null
    if (binding === undefined) {
      for (const use of outline.imports) {
        if (use.name !== '*' || use.module === module || !this.modules.has(use.module)) continue
        const found = this.definition(use.module, name, depth + 1)
        if (found !== null) return found
      }
      return null
    }
    if (binding.kind !== 'import') return { module, binding }
    if (binding.from?.name === undefined || binding.from.name === null) return null
    return this.definition(binding.from.module, binding.from.name, depth + 1)
  }
}

/** Enough for the largest packages of PyPI, whose sources a release changes a part of. */
const mostCharacters = 6_000_000
const deepest = 100

/** Whether brackets or blocks nest deeper than anybody writes them: such a text is there to cost time. */
function nestsDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at)
    if (sign === 40 || sign === 91 || sign === 123) depth += 1
    else if ((sign === 41 || sign === 93 || sign === 125) && depth > 0) depth -= 1
    if (depth > deepest) return true
  }
  return new RegExp(`^[ \\t]{${deepest * 4},}(if|for|while|with|try|def|class)\\b`, 'm').test(text)
}

/** What every module has without writing it. */
const moduleAttributes = new Set([
  '__name__',
  '__doc__',
  '__file__',
  '__path__',
  '__package__',
  '__loader__',
  '__spec__',
  '__dict__',
  '__builtins__',
  '__class__',
  '__getattribute__',
  '__annotations__',
])
