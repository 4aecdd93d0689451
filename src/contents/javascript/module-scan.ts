import { parse } from 'acorn'
import { freeCalls } from './free-names.ts'
import { type AnyNode, isNode, pushChildren } from './syntax-nodes.ts'

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

/** Scans a file; null when it is no JavaScript of today. Never throws; nothing of the text and its tree is kept. */
export function scanModule(text: string): ModuleScan | null {
  const program = parseEither(text)
  if (program === null) return null
  const uses: ModuleUse[] = []
  let isModuleSyntax = false
  let isCommonSyntax = false
  let exportsKind: ModuleScan['exportsKind'] = null
  const note = (node: AnyNode, specifier: string, how: ModuleUse['how'], above: readonly string[]) =>
    uses.push({
      specifier: copyOf(specifier),
      how,
      line: lineAt(text, Number(node.start)),
      guarded: above.length > 0,
    })
  visit(program, (node, above) => {
    if (importsOrExports.has(node.type)) {
      isModuleSyntax = true
      const source = literal(node.source)
      if (source !== null) note(node, source, 'import', none)
    } else if (node.type === 'ImportExpression') {
      const source = literal(node.source)
      if (source !== null) note(node, source, 'dynamic', guarded)
    } else if (node.type === 'CallExpression' && isNamed(node.callee, 'require')) {
      isCommonSyntax = true
      const [first] = node.arguments as AnyNode[]
      const source = literal(first)
      if (source !== null) note(node, source, 'require', above)
    } else if (node.type === 'AssignmentExpression' && isExports(node.left)) {
      isCommonSyntax = true
      if (isModuleExports(node.left)) exportsKind = kindOf(node.right as AnyNode, program)
    }
  })
  return { isModuleSyntax, isCommonSyntax, uses, freeCalls: freeCalls(program, copyOf), exportsKind }
}

function parseEither(text: string): AnyNode | null {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      const program: unknown = parse(text, {
        ecmaVersion: 'latest',
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
      })
      return isNode(program) ? program : null
    } catch {
      // What is no module may be a script, with words that modules reserve.
    }
  }
  return null
}

const none: readonly string[] = []
const guarded: readonly string[] = ['TryStatement']
const importsOrExports = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
])
const marking = /^(Try|If|Conditional|Logical|Function|Arrow|Method)/

/** Walks every node, with the types of what lies above it. Its own stack: minified code nests deep. */
function visit(top: AnyNode, see: (node: AnyNode, above: readonly string[]) => void): void {
  const nodes: AnyNode[] = [top]
  const paths: (readonly string[])[] = [none]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const above = paths.pop() ?? none
    see(node, above)
    pushChildren(node, nodes)
    if (nodes.length === paths.length) continue
    const marks = marking.test(node.type) ? [...above, node.type] : above
    while (paths.length < nodes.length) paths.push(marks)
  }
}

/** A part of a string holds on to all of it; a copy does not. */
const copyOf = (part: string): string => Buffer.from(part).toString()

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
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
