/**
 * The house rules as functions over source text: each takes a path and its text and returns complaints.
 * They resolve imports themselves, because textual patterns miss deeper folders, and say the rule and the fix.
 */
import { posix } from 'node:path'
import { parseAst } from 'rolldown/parseAst'

/** Lower ranks know nothing of higher ones; folders of one rank do not know each other. */
export const ranks: readonly (readonly string[])[] = [
  ['versions', 'cohort'],
  ['gates', 'calendar'],
  ['rollout'],
  ['catalog', 'config'],
  ['ports'],
  ['archives'],
  ['stores', 'upstream', 'registries', 'github', 'engine', 'simulate', 'environments', 'contents'],
  ['bot', 'action', 'server', 'cli'],
  ['main'],
]

const pureFolders = new Set(ranks.slice(0, 5).flat())
const impureNames = new Set([
  'Date',
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'performance',
  'crypto',
])

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

function* walk(node: Node): Generator<{ node: Node; parent: Node | null; key: string }> {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue
      yield { node: child, parent: node, key }
      yield* walk(child)
    }
  }
}

const parsed = new Map<string, { readonly text: string; readonly program: Node }>()

/** Each rule asks anew; a file is parsed once. */
function parse(path: string, text: string): Node {
  const known = parsed.get(path)
  if (known?.text === text) return known.program
  const program: unknown = parseAst(text, { lang: 'ts', sourceType: 'module' }, path)
  if (!isNode(program)) throw new Error(`${path} did not parse`)
  parsed.set(path, { text, program })
  return program
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

export function rankOf(folder: string): number {
  return ranks.findIndex((names) => names.includes(folder))
}

/** The module specifiers of a file: static, re-exported and dynamic ones with a literal. */
export function importsOf(path: string, text: string): string[] {
  const found: string[] = []
  for (const { node } of walk(parse(path, text))) {
    const source = node.source
    if (isNode(source) && typeof source.value === 'string') found.push(source.value)
  }
  return found
}

/** Imports of one file under `src/` that the matrix forbids. */
export function importComplaints(path: string, text: string): string[] {
  const folder = path.split('/')[1] ?? ''
  const rank = rankOf(folder)
  if (rank < 0)
    return [`${path}: src/${folder} is not in the matrix; add it to test/tidy/rules.ts and DESIGN`]
  return importsOf(path, text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      const impure = pureFolders.has(folder) && specifier.startsWith('node:')
      return impure
        ? [`${path}: ${specifier} in pure src/${folder}; hand the capability in as a function`]
        : []
    }
    const target = posix.normalize(posix.join(posix.dirname(path), specifier))
    if (!target.startsWith('src/'))
      return target === 'package.json' ? [] : [`${path}: ${specifier} leaves src/`]
    if (!/\.(ts|json)$/.test(target)) return [`${path}: ${specifier} lacks its file ending`]
    const other = target.split('/')[1] ?? ''
    if (other === folder || rankOf(other) < rank) return []
    return [`${path}: src/${folder} must not import src/${other}; move the shared part down or hand it in`]
  })
}

/** Clocks, randomness and waiting in a pure file. */
export function purityComplaints(path: string, text: string): string[] {
  if (!pureFolders.has(path.split('/')[1] ?? '')) return []
  const complaints: string[] = []
  const say = (node: Node, what: string) =>
    complaints.push(`${path}:${lineAt(text, node.start)}: ${what} in a pure folder; let it come in as data`)
  for (const { node, parent, key } of walk(parse(path, text))) {
    if (node.type === 'AwaitExpression') say(node, 'await')
    if (node.async === true) say(node, 'async function')
    if (node.type !== 'Identifier') continue
    const isPlainKey = (key === 'property' || key === 'key') && parent?.computed !== true
    const name = String(node.name)
    if (!isPlainKey && impureNames.has(name)) say(node, name)
    const object = parent?.object
    if (name === 'random' && isNode(object) && object.name === 'Math') say(node, 'Math.random')
  }
  return complaints
}

/** Files over 300 lines and functions over 70. */
export function sizeComplaints(path: string, text: string, longest = { file: 300, function: 70 }): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length
  const complaints =
    lines > longest.file ? [`${path}: ${lines} lines, at most ${longest.file}; split by theme`] : []
  for (const { node } of walk(parse(path, text))) {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) continue
    const length = lineAt(text, node.end) - lineAt(text, node.start) + 1
    if (length > longest.function)
      complaints.push(
        `${path}:${lineAt(text, node.start)}: function of ${length} lines, at most ${longest.function}; push parts down`,
      )
  }
  return complaints
}

const bannedText: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX)\b/, 'finish it or write it into docs/'],
  [/\bas unknown as\b/, 'parse or narrow the value'],
  [/\bas any\b/, 'name the type'],
  [/@ts-(ignore|expect-error|nocheck)/, 'fix the type'],
  [/biome-ignore/, 'fix what it says'],
]

/** Words that mean unfinished or switched-off checks. */
export function wordComplaints(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    bannedText.flatMap(([pattern, fix]) => {
      const found = pattern.exec(line)
      return found ? [`${path}:${index + 1}: ${found[0]}; ${fix}`] : []
    }),
  )
}

/** Tests that are switched off, or left out on some machines without a printed reason. */
export function skippingComplaints(path: string, text: string): string[] {
  const complaints: string[] = []
  if (/\b(?:it|test|describe)(?:\.each)?\.(?:skip|only|todo|fails)\b/.test(text))
    complaints.push(`${path}: a test is switched off; finish it or take it out`)
  const leftOut = /\.(?:skipIf|runIf)\(/.test(text)
  if (leftOut && !/console\.log\(|\bisHere\(/.test(text))
    complaints.push(`${path}: a test may be left out without a word; print why`)
  return complaints
}

/** Default exports, re-exports of whole modules, and file names that say nothing. */
export function namingComplaints(path: string, text: string): string[] {
  const file = posix.basename(path, '.ts')
  const complaints: string[] = []
  if (!/^[a-z0-9]+(-[a-z0-9]+)*((?:\.clients)?\.test)?$/.test(file))
    complaints.push(`${path}: name it in kebab-case`)
  if (/(^|-)(utils?|helpers?|common|manager|misc)(-|$)|^index$/.test(file))
    complaints.push(`${path}: "${file}" says nothing; name it after what it exports`)
  for (const { node } of walk(parse(path, text))) {
    if (node.type === 'ExportDefaultDeclaration') complaints.push(`${path}: default export; name it`)
    if (node.type === 'ExportAllDeclaration')
      complaints.push(`${path}: export *; import from the file itself`)
  }
  return complaints
}

/** Folders with more than 24 files directly in them: nobody finds a file in a hall by its feature. */
export function crowdComplaints(paths: readonly string[], most = 24): string[] {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].flatMap(([folder, count]) =>
    count > most ? [`${folder}: ${count} files side by side, at most ${most}; make rooms by theme`] : [],
  )
}

/** Interfaces and object types of more than 12 functions: nobody who holds one needs all of it. */
export function widthComplaints(path: string, text: string, most = 12): string[] {
  const complaints: string[] = []
  for (const { node, parent } of walk(parse(path, text))) {
    if (node.type !== 'TSInterfaceBody' && node.type !== 'TSTypeLiteral') continue
    const members = (node.type === 'TSInterfaceBody' ? node.body : node.members) as readonly Node[]
    const count = members.filter(isCallable).length
    if (count <= most) continue
    const id = parent?.id
    const name = isNode(id) ? String(id.name) : 'object type'
    complaints.push(
      `${path}:${lineAt(text, node.start)}: ${name} has ${count} methods, at most ${most}; split it by who asks`,
    )
  }
  return complaints
}

function isCallable(member: Node): boolean {
  if (member.type === 'TSMethodSignature') return true
  const annotation = member.typeAnnotation
  const type = isNode(annotation) ? annotation.typeAnnotation : undefined
  return member.type === 'TSPropertySignature' && isNode(type) && type.type === 'TSFunctionType'
}
