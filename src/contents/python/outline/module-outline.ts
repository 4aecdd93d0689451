import type { SyntaxNode } from '@lezer/common'
import { dynamicNames, exportedNames, isOpaque } from './dynamic-names.ts'
import { type Guard, handlerGuard, noGuard, weaker } from './guards.ts'
import { type ImportUse, importsOfStatement } from './import-statements.ts'
import type { Parameter } from './parameter.ts'
import { parametersOf } from './parameters.ts'
import { type NewerSyntax, newestSyntax } from './syntax-level.ts'
import { childrenOf, parsePython, statementsOf, textOf } from './syntax-tree.ts'
import type { TextPool } from './text-pool.ts'

/** What a module or class binds under one name. */
export interface Binding {
  readonly kind: 'function' | 'class' | 'value' | 'import'
  /** Of functions. */
  readonly parameters?: readonly Parameter[]
  /** Of methods: called without `self`. */
  readonly isStatic?: boolean
  /** A decorator may have changed how it is called. */
  readonly decorated?: boolean
  /** Of classes: what is bound in their bodies, and the names assigned to `self`. */
  readonly members?: ReadonlyMap<string, Binding>
  readonly bases?: readonly string[]
  /** Of imports: where the name comes from; `name` null for a module. */
  readonly from?: { readonly module: string; readonly name: string | null }
}

/** What can be known of a Python module without running it. */
export interface ModuleOutline {
  readonly names: ReadonlyMap<string, Binding>
  /** The names in `__all__`; null without one, or where it cannot be read. */
  readonly all: readonly string[] | null
  readonly imports: readonly ImportUse[]
  /** Names that the module's `__getattr__` knows; null where it has none. */
  readonly dynamic: ReadonlySet<string> | null
  /** Writes into its own namespace in ways that cannot be followed. */
  readonly opaque: boolean
  /** What keeps older Pythons from reading it. */
  readonly newest: NewerSyntax | null
}

/** Most of what modules bind is no more than that. */
const value: Binding = { kind: 'value' }

interface Place {
  readonly guard: Guard
  readonly inFunction: boolean
  readonly conditional: boolean
}

/**
 * The outline of a module's text; nothing of the text and its tree is kept. `module` is its dotted name and resolves
 * relative imports.
 */
export function outlineModule(
  source: string,
  module: string,
  isPackage: boolean,
  pool: TextPool,
): ModuleOutline {
  const top = parsePython(source)
  const imports: ImportUse[] = []
  const names = new Map<string, Binding>()
  const read = new OutlineReader(source, module, isPackage, imports, pool)
  read.block(top, names, { guard: noGuard, inFunction: false, conditional: false })
  const dynamic = dynamicNames(top, source)
  return {
    names,
    all: exportedNames(top, source)?.map(pool.text) ?? null,
    imports,
    dynamic: dynamic === null ? null : new Set([...dynamic].map(pool.text)),
    opaque: isOpaque(top, source),
    newest: newestSyntax(top, source),
  }
}

class OutlineReader {
  readonly #source: string
  readonly #module: string
  readonly #isPackage: boolean
  readonly #imports: ImportUse[]
  readonly #pool: TextPool

  constructor(source: string, module: string, isPackage: boolean, imports: ImportUse[], pool: TextPool) {
    this.#source = source
    this.#module = module
    this.#isPackage = isPackage
    this.#imports = imports
    this.#pool = pool
  }

  #text(node: SyntaxNode): string {
    return this.#pool.text(textOf(node, this.#source))
  }

  block(block: SyntaxNode, names: Map<string, Binding>, place: Place): void {
    for (const statement of statementsOf(block)) this.#statement(statement, names, place, false)
  }

  #statement(node: SyntaxNode, names: Map<string, Binding>, place: Place, decorated: boolean): void {
    switch (node.name) {
      case 'ImportStatement':
        this.#import(node, names, place)
        break
      case 'FunctionDefinition':
        this.#function(node, names, place, decorated)
        break
      case 'ClassDefinition':
        this.#class(node, names, place, decorated)
        break
      case 'DecoratedStatement':
        for (const child of childrenOf(node))
          if (child.name !== 'Decorator') this.#statement(child, names, place, true)
        return
      case 'AssignStatement':
      case 'TypeDefinition':
        this.#assign(node, names)
        break
      case 'TryStatement':
        this.#try(node, names, place)
        break
      case 'IfStatement':
      case 'MatchStatement':
        this.#bodies(node, names, {
          ...place,
          conditional: true,
          guard: weaker(place.guard, this.#condition(node)),
        })
        break
      case 'WithStatement':
      case 'ForStatement':
      case 'WhileStatement':
        this.#loop(node, names, place)
        break
    }
  }

  #import(node: SyntaxNode, names: Map<string, Binding>, place: Place): void {
    for (const use of importsOfStatement(node, this.#source, this.#module, this.#isPackage)) {
      const { text } = this.#pool
      const [from, bound] = [text(use.module), text(use.boundModule)]
      const name = use.name === null ? null : text(use.name)
      const binds = use.binds === null ? null : text(use.binds)
      this.#imports.push({ ...use, module: from, boundModule: bound, name, binds, ...place })
      if (binds !== null) names.set(binds, { kind: 'import', from: { module: bound, name } })
    }
  }

  #function(node: SyntaxNode, names: Map<string, Binding>, place: Place, decorated: boolean): void {
    const [name] = node.getChildren('VariableName')
    if (name === undefined) return
    const parameters = parametersOf(node.getChild('ParamList'), this.#source, this.#pool)
    names.set(this.#text(name), { kind: 'function', parameters, decorated })
    const body = node.getChild('Body')
    if (body !== null) this.block(body, new Map(), { ...place, inFunction: true })
  }

  #class(node: SyntaxNode, names: Map<string, Binding>, place: Place, decorated: boolean): void {
    const [name] = node.getChildren('VariableName')
    if (name === undefined) return
    const members = new Map<string, Binding>()
    const body = node.getChild('Body')
    if (body !== null) {
      this.block(body, members, place)
      markStatic(body, members, this.#source)
      for (const own of assignedToSelf(textOf(body, this.#source)))
        if (!members.has(own)) members.set(this.#pool.text(own), value)
    }
    const given = childrenOf(node.getChild('ArgList') ?? node)
    const bases = given.flatMap((child, at) => {
      const base = given[at + 1]?.name === 'AssignOp' || given[at - 1]?.name === 'AssignOp' ? null : child
      const said = base === null || base === name ? null : baseName(base, this.#source)
      return said === null ? [] : [this.#pool.text(said)]
    })
    names.set(this.#text(name), {
      kind: 'class',
      members,
      bases: node.getChild('ArgList') === null ? [] : bases,
      decorated,
    })
  }

  #assign(node: SyntaxNode, names: Map<string, Binding>): void {
    const parts = childrenOf(node)
    const last = parts.findLastIndex(({ name }) => name === 'AssignOp')
    const targets = last === -1 ? parts : parts.slice(0, last)
    for (const target of targets.flatMap(flatTargets))
      if (target.name === 'VariableName') names.set(this.#text(target), value)
  }

  #try(node: SyntaxNode, names: Map<string, Binding>, place: Place): void {
    const guard = handlerGuard(node, this.#source)
    let part = 'try'
    for (const child of childrenOf(node)) {
      if (['try', 'except', 'else', 'finally'].includes(child.name)) part = child.name
      if (child.name !== 'Body') continue
      const within = part === 'try' ? { ...place, guard: weaker(place.guard, guard) } : place
      this.block(child, names, part === 'except' ? { ...within, conditional: true } : within)
    }
  }

  #loop(node: SyntaxNode, names: Map<string, Binding>, place: Place): void {
    const head = childrenOf(node).filter(({ name }) => name !== 'Body')
    const suppresses =
      node.name === 'WithStatement' &&
      /suppress\([^)]*(ImportError|Exception)/.test(textOf(node, this.#source).split('\n', 1)[0] ?? '')
    for (const target of head.flatMap(flatTargets))
      if (
        target.name === 'VariableName' &&
        (node.name === 'ForStatement' || target.prevSibling?.name === 'as')
      )
        names.set(this.#text(target), value)
    this.#bodies(node, names, suppresses ? { ...place, guard: { missing: true, attribute: false } } : place)
  }

  #bodies(node: SyntaxNode, names: Map<string, Binding>, place: Place): void {
    for (const child of childrenOf(node)) {
      if (child.name === 'Body') this.block(child, names, place)
      if (child.name === 'MatchBody' || child.name === 'MatchClause') this.#bodies(child, names, place)
    }
  }

  /** `if TYPE_CHECKING` and `if sys.version_info` keep an import from being run where it would fail. */
  #condition(node: SyntaxNode): Guard {
    const head = this.#source.slice(node.from, node.getChild('Body')?.from ?? node.to)
    const guards =
      /TYPE_CHECKING|__name__|version|PY2|PY3|hasattr|find_spec|platform|os\.name|_AVAILABLE|HAS_|HAVE_/i.test(
        head,
      )
    return guards ? { missing: true, attribute: true } : noGuard
  }
}

function flatTargets(node: SyntaxNode): SyntaxNode[] {
  return ['TupleExpression', 'ArrayExpression', 'ParenthesizedExpression'].includes(node.name)
    ? childrenOf(node).flatMap(flatTargets)
    : [node]
}

function markStatic(body: SyntaxNode, members: Map<string, Binding>, source: string): void {
  for (const statement of statementsOf(body)) {
    if (statement.name !== 'DecoratedStatement') continue
    const said = statement.getChildren('Decorator').map((node) => textOf(node, source))
    const name = statement.getChild('FunctionDefinition')?.getChild('VariableName')
    if (name === undefined || name === null) continue
    const known = members.get(textOf(name, source))
    if (known?.kind !== 'function') continue
    const plain = said.every((one) =>
      /^@(staticmethod|classmethod|(\w+\.)?(override|overload|deprecated\b.*))\s*$/s.test(one),
    )
    const isProperty = said.some((one) => /property|\.(setter|getter|deleter)/.test(one))
    members.set(
      textOf(name, source),
      isProperty
        ? value
        : { ...known, isStatic: said.some((one) => one.startsWith('@staticmethod')), decorated: !plain },
    )
  }
}

const assignedToSelf = (text: string): Set<string> =>
  new Set([...text.matchAll(/\bself\.(\w+)\s*(?::[^=\n]+)?=(?!=)/g)].map((found) => found[1] ?? ''))

/** A base by its name, `Base[Item]` by that of `Base`; `?` for one that is not known, such as a call; null for what is none. */
function baseName(node: SyntaxNode, source: string): string | null {
  if (node.name === 'VariableName') return textOf(node, source)
  if (!/Expression$/.test(node.name)) return null
  const text = textOf(node, source).replaceAll(/\s+/g, '')
  return /^([\p{L}_][\w\p{L}]*(?:\.[\p{L}_][\w\p{L}]*)*)(?:\[.*\])?$/su.exec(text)?.[1] ?? '?'
}
