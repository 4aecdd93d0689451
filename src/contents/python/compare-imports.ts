import { quotePattern } from '../../versions/quote-pattern.ts'
import { type FindingList, sameBytes, textIn } from '../contents.ts'
import { offersModule } from './import-names.ts'
import type { ImportUse } from './outline/import-statements.ts'
import type { ModuleOutline } from './outline/module-outline.ts'
import { isInnerModule } from './public-names.ts'
import type { PythonPackage } from './python-package.ts'
import type { Distribution } from './requirements.ts'
import { standardLibrary } from './standard-library.ts'

interface Side {
  readonly own: PythonPackage
  readonly distribution: Distribution | null
}

interface Use {
  readonly module: string
  readonly use: ImportUse
}

/** Imports that cannot work in the candidate and could in the baseline. */
export function compareImports(before: Side, after: Side, found: FindingList): void {
  const judge = new ImportJudge(before, after, found)
  const lost = judge.lostWords()
  for (const [module, file] of after.own.modules) {
    if (isInnerModule(module) || /^setup(\.|$)/.test(module)) continue
    // A file that did not change only matters where it names something that is gone.
    const isSame = sameBytes(before.own.archive, after.own.archive, file.path)
    if (isSame && (lost === null || !lost.test(textIn(after.own.archive, file.path) ?? ''))) continue
    for (const use of after.own.outline(module)?.imports ?? []) judge.look({ module, use })
  }
}

const topOf = ({ module }: ImportUse): string => module.split('.')[0] ?? module

class ImportJudge {
  readonly #before: Side
  readonly #after: Side
  readonly #found: FindingList
  readonly #tops: ReadonlySet<string>
  readonly #always = new Map<string, boolean>()

  constructor(before: Side, after: Side, found: FindingList) {
    this.#before = before
    this.#after = after
    this.#found = found
    this.#tops = new Set(after.own.topLevels)
  }

  /** A pattern for modules, names and dependencies that the candidate lacks; null when it lacks none. */
  lostWords(): RegExp | null {
    const [before, after] = [this.#before.own, this.#after.own]
    const words = new Set<string>()
    for (const [module, file] of before.modules) {
      if (!after.hasModule(module)) words.add(module.split('.').at(-1) ?? module)
      else if (!sameBytes(before.archive, after.archive, file.path)) {
        const now = after.outline(module)?.names
        for (const name of before.outline(module)?.names.keys() ?? [])
          if (now?.has(name) === false) words.add(name)
      }
    }
    const kept = new Set(this.#after.distribution?.requirements.map(({ name }) => name))
    for (const { name } of this.#before.distribution?.requirements ?? [])
      if (!kept.has(name)) for (const part of name.split('-')) words.add(part)
    return words.size === 0
      ? null
      : new RegExp(
          [...words]
            .map((word) => word.replaceAll(/\W/g, ''))
            .filter(Boolean)
            .join('|'),
        )
  }

  look({ module, use }: Use): void {
    if (this.#tops.has(topOf(use))) this.#own({ module, use })
    else if (!standardLibrary.has(topOf(use)) && !use.guard.missing && !use.inFunction)
      this.#outside({ module, use })
  }

  #own({ module, use }: Use): void {
    const { own } = this.#after
    // `google` and the like are shared by many distributions; what is not here may lie in another one.
    if (use.guard.missing || use.conditional || !own.modules.has(topOf(use))) return
    if (!own.hasModule(use.module)) {
      if (!isMade(use.module) && !this.#wasBroken(module, use))
        this.#found.add('own-import-missing', `${module} imports ${use.module}`)
      return
    }
    if (use.name === null || use.name === '*' || use.inFunction || isMade(use.name) || use.guard.name) return
    if (own.presence(use.module, use.name) === 'gone' && !this.#wasBroken(module, use))
      this.#found.add('own-import-missing', `${module} imports ${use.name} from ${use.module}`)
  }

  /** Whether the baseline's module said the same and could not have it either. */
  #wasBroken(module: string, use: ImportUse): boolean {
    const { own } = this.#before
    if (own.hasModule(use.module) && (use.name === null || own.presence(use.module, use.name) !== 'gone'))
      return false
    return (
      this.#outlineBefore(module)?.imports.some(
        (one) => one.module === use.module && one.name === use.name,
      ) === true
    )
  }

  #outlineBefore(module: string): ModuleOutline | null {
    return this.#before.own.modules.has(module) ? this.#before.own.outline(module) : null
  }

  #outside({ module, use }: Use): void {
    const [before, after] = [this.#before.distribution, this.#after.distribution]
    if (before === null || after === null) return
    const asks = (side: Distribution, extra: boolean) =>
      side.requirements.some((one) => one.extra === extra && offersModule(one.name, use.module))
    if (asks(after, false)) return
    const said = `${module} imports ${use.module}`
    const before_ = this.#outlineBefore(module)
    if (this.#importedAlways(topOf(use))) {
      if (!use.conditional && before_ !== null && asks(before, false))
        this.#found.add('dropped-dependency-still-imported', said)
    } else if (before_?.imports.some((one) => topOf(one) === topOf(use) && !one.guard.missing)) {
      // It was so before; whoever loads that module has what it needs.
    } else if (!this.#before.own.isWhole) {
      // What the baseline imported elsewhere is not known.
    } else if (asks(after, true) || isWordOfExtra(after, topOf(use)) || this.#isOwnTopic(use)) {
      if (before_ !== null && !use.conditional) this.#found.add('module-now-needs-extra', said)
    } else if (use.conditional) {
      this.#found.add('fallback-undeclared', said)
    } else if (!this.#isCovered(before, after)) this.#found.add('undeclared-import', said)
  }

  /** A dependency that is new and that nothing is named after may bring a module of any name. */
  #isCovered(before: Distribution, after: Distribution): boolean {
    const known = new Set(before.requirements.map(({ name }) => name))
    return after.requirements.some(({ name, extra }) => !extra && !known.has(name) && !this.#isImported(name))
  }

  #isImported(distribution: string): boolean {
    const { own } = this.#after
    return [...own.modules.keys()].some((module) =>
      own
        .outline(module)
        ?.imports.some((use) => !standardLibrary.has(topOf(use)) && offersModule(distribution, use.module)),
    )
  }

  /** A distribution named after the package: a part of it that moved out. */
  #isOwnTopic(use: ImportUse): boolean {
    return [...this.#tops].some((top) => top.length > 2 && topOf(use).startsWith(`${top}_`))
  }

  /** Whether the baseline imported it without any guard when some module was loaded. */
  #importedAlways(top: string): boolean {
    const known = this.#always.get(top)
    if (known !== undefined) return known
    const { own } = this.#before
    const word = new RegExp(`\\b${quotePattern(top)}\\b`)
    const always = [...own.modules.values()].some(({ name, path }) => {
      if (isInnerModule(name) || !word.test(textIn(own.archive, path) ?? '')) return false
      return own
        .outline(name)
        ?.imports.some(
          (use) => topOf(use) === top && !use.guard.missing && !use.inFunction && !use.conditional,
        )
    })
    this.#always.set(top, always)
    return always
  }
}

/** What an extra brings is often called after its module: `railroad-diagrams` has `railroad`. */
const isWordOfExtra = ({ requirements }: Distribution, top: string): boolean =>
  requirements.some(({ name, extra }) => extra && name.split('-').includes(top))

/** Modules that are only made when a package is built or installed. */
const isMade = (module: string): boolean =>
  /(^|\.)_?(version|_version|__version__|__config__|_build_config|.*_generated|_speedups|_c|_ext.*)$/.test(
    module,
  )
