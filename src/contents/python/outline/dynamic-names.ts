import type { SyntaxNode } from '@lezer/common'
import { quotePattern } from '../../../versions/quote-pattern.ts'
import { childrenOf, descendantsOf, dottedName, statementsOf, stringValue, textOf } from './syntax-tree.ts'

const identifier = /^[\p{L}_][\w\p{L}]*$/u

/**
 * Names that a module answers through its own `__getattr__`: the strings in it, and those in what it looks them up
 * in (`__deprecated_attrs__`, a table of lazy imports). Names it only knows in order to refuse them do not count. So do
 * strings that it hands to a function while it is loaded: that is how lazy importers are told names.
 */
export function dynamicNames(top: SyntaxNode, source: string): ReadonlySet<string> | null {
  const statements = statementsOf(top)
  const asked = statements.filter((node) => binds(node, source, '__getattr__'))
  const names = new Set<string>()
  for (const call of callsOf(statements)) collect(call, source, names, new Set())
  if (asked.length === 0) return names.size === 0 ? null : names
  const looked = new Set<string>()
  for (const node of asked) collect(node, source, names, looked)
  for (let round = 0; round < 4; round += 1) {
    const before = looked.size
    for (const statement of statements)
      if (!asked.includes(statement) && [...looked].some((name) => writesTo(statement, source, name)))
        collect(statement, source, names, looked)
    if (looked.size === before) break
  }
  return names
}

/** Calls that are statements of a module, also in its `if` and `try`. */
function callsOf(statements: readonly SyntaxNode[]): readonly SyntaxNode[] {
  return statements.flatMap((node) => {
    if (/^(If|Try|With|Match)Statement$/.test(node.name))
      return node.getChildren('Body').flatMap((body) => callsOf(statementsOf(body)))
    return node.name === 'ExpressionStatement' && node.firstChild?.name === 'CallExpression' ? [node] : []
  })
}

function collect(node: SyntaxNode, source: string, names: Set<string>, looked: Set<string>): void {
  for (const part of descendantsOf(node)) {
    if (isInsideRefusal(part, node)) continue
    const value = stringValue(part, source)
    if (value !== null && identifier.test(value)) names.add(value)
    if (part.name === 'VariableName') looked.add(textOf(part, source))
  }
}

/** In the condition or the body of an `if` that does nothing but raise. */
function isInsideRefusal(node: SyntaxNode, top: SyntaxNode): boolean {
  for (let at: SyntaxNode | null = node; at !== null && at.from >= top.from; at = at.parent) {
    if (at.parent?.name !== 'IfStatement') continue
    const body = at.parent.getChild('Body')
    if (body === null || (at.name === 'Body' && at.from !== body.from)) continue
    const statements = statementsOf(body).filter(({ name }) => name.endsWith('Statement'))
    if (
      at.to <= body.to &&
      statements.length > 0 &&
      statements.every(({ name }) => name === 'RaiseStatement')
    )
      return true
  }
  return false
}

function binds(node: SyntaxNode, source: string, name: string): boolean {
  if (node.name === 'FunctionDefinition') {
    const own = node.getChild('VariableName')
    return own !== null && textOf(own, source) === name
  }
  if (['DecoratedStatement', 'IfStatement', 'TryStatement', 'Body'].includes(node.name))
    return childrenOf(node).some((child) => binds(child, source, name))
  return (
    node.name === 'AssignStatement' &&
    new RegExp(`^[^=]*\\b${quotePattern(name)}\\b[^=]*=`).test(textOf(node, source))
  )
}

function writesTo(node: SyntaxNode, source: string, name: string): boolean {
  if (
    node.name !== 'AssignStatement' &&
    node.name !== 'UpdateStatement' &&
    node.name !== 'ExpressionStatement'
  )
    return false
  const first = childrenOf(node)[0]
  if (first === undefined) return false
  const target = first.name === 'CallExpression' ? first.firstChild : first
  const said = target === null ? null : dottedName(target, source)
  return said === name || (said?.startsWith(`${name}.`) ?? false)
}

/** The names in `__all__`, with what is added to it; null without one or where a part cannot be read. */
export function exportedNames(top: SyntaxNode, source: string): readonly string[] | null {
  const names: string[] = []
  let found = false
  let writes = 0
  for (const statement of statementsOf(top)) {
    if (!writesTo(statement, source, '__all__')) continue
    found = true
    writes += 1
    for (const part of descendantsOf(statement)) {
      if (part.name === 'VariableName' && textOf(part, source) !== '__all__') return null
      const value = stringValue(part, source)
      if (value !== null) names.push(value)
    }
  }
  // A list that a loop or a function adds to is longer than it looks.
  const all =
    source.match(/\b__all__\s*(?::[^=\n]*)?(?:\+?=(?!=)|\.(?:append|extend|remove|insert)\b)|\bextend_all\(/g)
      ?.length ?? 0
  return found && all <= writes ? names : null
}

/** Whether a module writes names into itself that its text does not show. */
export function isOpaque(top: SyntaxNode, source: string): boolean {
  if (
    /\bglobals\(\)\s*(\.update|\[|\.setdefault)|\bsetattr\(\s*(sys\.modules|_?module\b)|\bsys\.modules\[__name__\]\s*=/.test(
      source,
    )
  )
    return true
  if (!/\bexec\(|\bvars\(\)|\blocals\(\)/.test(source)) return false
  // In a class or a function these write into that one.
  return statementsOf(top).some(
    (node) =>
      !/^(Class|Function|Decorated)/.test(node.name) &&
      /\bexec\(|\b(vars|locals)\(\)\s*(\.update|\[)/.test(textOf(node, source)),
  )
}
