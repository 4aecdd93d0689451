import type { SyntaxNode } from '@lezer/common'
import { type Guard, handlerGuard, noGuard, weaker } from './outline/guards.ts'
import { importsOfStatement } from './outline/import-statements.ts'
import { childrenOf, dottedName, lineOf, parsePython } from './outline/syntax-tree.ts'

/** A name of another package that a file uses. */
export interface NameUse {
  /** `numpy` and `bool8`, or a module and null. */
  readonly path: readonly string[]
  readonly line: number
  /** Of an import: the module and the name as it says them; attributes have the path alone. */
  readonly how: 'import' | 'attribute'
  readonly guard: Guard
}

/**
 * The names of some packages that a text uses: what it imports, and attributes of what it imported. `tops` are the
 * names those packages are imported by. Uses whose failure the text expects carry the guard that catches it.
 */
export function usedNames(source: string, module: string, tops: ReadonlySet<string>): readonly NameUse[] {
  if (![...tops].some((top) => source.includes(top))) return []
  const uses: NameUse[] = []
  const aliases = new Map<string, { readonly path: readonly string[]; readonly guard: Guard }>()
  const waiting: { node: SyntaxNode; guard: Guard }[] = [{ node: parsePython(source), guard: noGuard }]
  const attributes: { node: SyntaxNode; guard: Guard }[] = []
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, guard } = next
    if (node.name === 'ImportStatement') {
      for (const use of importsOfStatement(node, source, module, false)) {
        if (!tops.has(use.module.split('.')[0] ?? '')) continue
        const path = [...use.module.split('.'), ...(use.name === null || use.name === '*' ? [] : [use.name])]
        uses.push({ path, line: use.line, how: 'import', guard })
        const bound = use.name === null ? use.boundModule.split('.') : path
        if (use.binds !== null) aliases.set(use.binds, { path: bound, guard })
      }
    } else if (node.name === 'MemberExpression') attributes.push({ node, guard })
    waiting.push(...innerNodes(node, source, guard))
  }
  for (const { node, guard } of attributes) {
    const said = dottedName(node, source)?.split('.')
    const alias = said === undefined ? undefined : aliases.get(said[0] ?? '')
    if (said === undefined || alias === undefined) continue
    uses.push({
      path: [...alias.path, ...said.slice(1)],
      line: lineOf(source, node.from),
      how: 'attribute',
      guard: weaker(guard, alias.guard),
    })
  }
  return uses
}

/** What lies below a node and has uses of its own; the inside of `a.b.c` belongs to the whole. */
function innerNodes(node: SyntaxNode, source: string, guard: Guard): { node: SyntaxNode; guard: Guard }[] {
  if (node.name === 'MemberExpression' && dottedName(node, source) !== null) return []
  const own = node.name === 'TryStatement' ? handlerGuard(node, source) : noGuard
  const asksFirst = node.name === 'IfStatement' || node.name === 'ConditionalExpression'
  const condition = asksFirst
    ? source.slice(node.from, Math.min(node.getChild('Body')?.from ?? node.to, node.from + 300))
    : ''
  const checked = /hasattr|version|TYPE_CHECKING|PY2|PY3/i.test(condition)
    ? { missing: true, attribute: true }
    : noGuard
  let inTry = true
  return childrenOf(node).map((child) => {
    if (child.name === 'except') inTry = false
    return { node: child, guard: weaker(weaker(guard, inTry ? own : noGuard), checked) }
  })
}
