import { parse } from 'acorn'
import { collectScopes } from './free-names.ts'

/** One module that a file asks for. */
export interface ModuleUse {
  readonly specifier: string
  readonly line: number
  /** Inside a `try`, a function or a condition: may fail without anybody noticing. */
  readonly guarded: boolean
  readonly how: 'require' | 'import' | 'dynamic'
}

/** What can be known of a JavaScript file without running it. */
export interface ModuleScan {
  readonly isModuleSyntax: boolean
  readonly isCommonSyntax: boolean
  readonly uses: readonly ModuleUse[]
  /** Called, and nowhere declared, imported or known as a global: a ReferenceError when it comes to it. */
  readonly freeCalls: ReadonlySet<string>
  /** What `module.exports` is set to: a function or class, or an object; null where that cannot be told. */
  readonly exportsKind: 'function' | 'object' | null
}

interface AnyNode {
  readonly type: string
  readonly [key: string]: unknown
}

/** Scans a file; null when it is no JavaScript of today. Never throws. */
export function scanModule(text: string): ModuleScan | null {
  const program = parseEither(text)
  if (program === null) return null
  const uses: ModuleUse[] = []
  let isModuleSyntax = false
  let isCommonSyntax = false
  let exportsKind: ModuleScan['exportsKind'] = null
  visit(program, [], (node, above) => {
    if (/^(Import|Export)(\w*)Declaration$/.test(node.type)) {
      isModuleSyntax = true
      const source = literal(node.source)
      if (source !== null) uses.push(asUse(node, source, 'import', []))
    } else if (node.type === 'ImportExpression') {
      const source = literal(node.source)
      if (source !== null) uses.push(asUse(node, source, 'dynamic', ['TryStatement']))
    } else if (node.type === 'CallExpression' && isNamed(node.callee, 'require')) {
      isCommonSyntax = true
      const [first] = node.arguments as AnyNode[]
      const source = literal(first)
      if (source !== null) uses.push(asUse(node, source, 'require', above))
    } else if (node.type === 'AssignmentExpression' && isExports(node.left)) {
      isCommonSyntax = true
      if (isModuleExports(node.left)) exportsKind = kindOf(node.right as AnyNode, program)
    }
  })
  return { isModuleSyntax, isCommonSyntax, uses, freeCalls: collectScopes(program), exportsKind }
}

function parseEither(text: string): AnyNode | null {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      const program: unknown = parse(text, {
        ecmaVersion: 'latest',
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
        locations: true,
      })
      return isNode(program) ? program : null
    } catch {
      // What is no module may be a script, with words that modules reserve.
    }
  }
  return null
}

export const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Walks every node, with the types of what lies above it. Its own stack: minified code nests deep. */
function visit(
  top: AnyNode,
  path: readonly string[],
  see: (node: AnyNode, above: readonly string[]) => void,
): void {
  const waiting: { node: AnyNode; above: readonly string[] }[] = [{ node: top, above: path }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, above } = next
    see(node, above)
    const marks = /^(Try|If|Conditional|Logical|Function|Arrow|Method)/.test(node.type)
      ? [...above, node.type]
      : above
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value])
        if (isNode(child)) waiting.push({ node: child, above: marks })
  }
}

function asUse(node: AnyNode, specifier: string, how: ModuleUse['how'], above: readonly string[]): ModuleUse {
  const loc = node.loc as { start: { line: number } } | undefined
  return { specifier, how, line: loc?.start.line ?? 0, guarded: above.length > 0 }
}

const literal = (value: unknown): string | null =>
  isNode(value) && value.type === 'Literal' && typeof value.value === 'string' ? value.value : null

const isNamed = (value: unknown, name: string): boolean =>
  isNode(value) && value.type === 'Identifier' && value.name === name

const isModuleExports = (value: unknown): boolean =>
  isNode(value) &&
  value.type === 'MemberExpression' &&
  isNamed(value.object, 'module') &&
  isNamed(value.property, 'exports')

const isExports = (value: unknown): boolean =>
  isModuleExports(value) ||
  (isNode(value) &&
    value.type === 'MemberExpression' &&
    (isNamed(value.object, 'exports') || isModuleExports(value.object)))

function kindOf(value: AnyNode, program: AnyNode): ModuleScan['exportsKind'] {
  if (/^(Function|ArrowFunction|Class)/.test(value.type)) return 'function'
  if (value.type === 'ObjectExpression') return 'object'
  if (value.type !== 'Identifier') return null
  for (const statement of (program.body as AnyNode[]) ?? [])
    if (/^(Function|Class)Declaration$/.test(statement.type) && isNamed(statement.id, String(value.name)))
      return 'function'
  return null
}
