import type { SyntaxNode } from '@lezer/common'
import type { Guard } from './guards.ts'
import { childrenOf, lineOf, textOf } from './syntax-tree.ts'

/** One name that an import statement asks for. */
export interface ImportUse {
  /** The module that must be there, absolute. */
  readonly module: string
  /** The name asked of it; null for the module itself, `*` for all. */
  readonly name: string | null
  /** The name it has afterwards; null for `*`. */
  readonly binds: string | null
  /** What `binds` then is: `import a.b` binds `a`. */
  readonly boundModule: string
  readonly line: number
  readonly guard: Guard
  readonly inFunction: boolean
  readonly conditional: boolean
}

type Read = Omit<ImportUse, 'guard' | 'inFunction' | 'conditional'>

/** The imports of one statement; relative ones are resolved from the module that says them. */
export function importsOfStatement(
  node: SyntaxNode,
  source: string,
  module: string,
  isPackage: boolean,
): readonly Read[] {
  const tokens = childrenOf(node).map((child) => textOf(child, source))
  const line = lineOf(source, node.from)
  if (tokens[0] === 'import') return splitByComma(tokens.slice(1)).flatMap((part) => plainImport(part, line))
  const at = tokens.indexOf('import')
  if (at === -1) return []
  const path = tokens.slice(1, at).join('')
  const from = absoluteModule(path, module, isPackage)
  if (from === null) return []
  const asked = tokens.slice(at + 1).filter((token) => token !== '(' && token !== ')')
  return splitByComma(asked).flatMap(([name, as, alias]) => {
    if (name === undefined || !/^([\p{L}_][\w\p{L}]*|\*)$/u.test(name)) return []
    const binds = name === '*' ? null : as === 'as' ? (alias ?? name) : name
    return [{ module: from, name, binds, boundModule: from, line }]
  })
}

function plainImport(part: readonly string[], line: number): Read[] {
  const at = part.indexOf('as')
  const path = part.slice(0, at === -1 ? undefined : at).join('')
  if (!/^[\p{L}_]/u.test(path)) return []
  const alias = at === -1 ? undefined : part[at + 1]
  const top = path.split('.')[0] ?? path
  return [
    { module: path, name: null, binds: alias ?? top, boundModule: alias === undefined ? top : path, line },
  ]
}

function splitByComma(tokens: readonly string[]): string[][] {
  const parts: string[][] = [[]]
  for (const token of tokens) {
    if (token === ',') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** `..x` said in `a.b.c` is `a.x`; null where the dots lead out of the package. */
export function absoluteModule(path: string, module: string, isPackage: boolean): string | null {
  const dots = /^\.*/.exec(path)?.[0].length ?? 0
  const rest = path.slice(dots)
  if (dots === 0) return rest
  const parts = module.split('.')
  const keep = parts.length - (isPackage ? dots - 1 : dots)
  if (keep < 1) return null
  const base = parts.slice(0, keep).join('.')
  return rest === '' ? base : `${base}.${rest}`
}
