import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import type { ConfigProblem } from './explain-problems.ts'
import type { Fault, SettingPath } from './fault.ts'
import { problemOf, valueFault } from './fault.ts'
import { checkSettings, mostFaults } from './read-settings.ts'
import { checkSyntax } from './yaml-syntax.ts'

export type YamlResult<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** What a settings file is checked against. */
export interface YamlRules<Schema extends z.ZodType> {
  readonly schema: Schema
  /** What an empty file is told. */
  readonly expected: string
  /** Rules that span several settings; they see the document as written. */
  readonly faults: (document: unknown) => readonly Fault[]
  /** Settings that are accepted and still worth a word. */
  readonly warnings: (settings: z.output<Schema>) => readonly Fault[]
}

/** Longest settings file that is read at all. */
export const longestText = 100_000

/** How often the aliases of one file may be expanded: enough for people, too little for a bomb. */
const maxAliasCount = 100

/**
 * Reads a YAML settings file. All problems are found at once, in the order of the lines. Broken YAML (tabs,
 * open quotes) ends the reading there, because nothing after it can be trusted; duplicate keys do not.
 */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  rules: YamlRules<Schema>,
): YamlResult<z.output<Schema>> {
  const lines = new LineCounter()
  if (text.length > longestText) {
    const fault = valueFault([], text.length, `at most ${longestText} characters`)
    return { ok: false, problems: [problemAt(fault, 0, lines)] }
  }
  // The library compares each key with all others of its mapping; `checkSyntax` finds what is there twice.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: false,
  })
  const syntax = checkSyntax(document, text)
  const broken = syntax.faults
    .slice(0, mostFaults)
    .map(({ fault, offset }) => problemAt(fault, offset, lines))
  if (!syntax.readable) return { ok: false, problems: broken.toSorted(byPlace) }
  const plain = plainValue(document)
  const checked = plain.ok ? checkDocument(plain.value, rules) : plain
  const locate = (faults: readonly Fault[]) =>
    faults.slice(0, mostFaults).map((fault) => problemAt(fault, offsetOf(fault, document), lines))
  if (checked.ok && broken.length === 0) {
    return {
      ok: true,
      value: checked.value,
      warnings: locate(rules.warnings(checked.value)).toSorted(byPlace),
    }
  }
  const problems = [...broken, ...(checked.ok ? [] : locate(checked.faults))]
  return { ok: false, problems: problems.toSorted(byPlace).slice(0, mostFaults) }
}

function checkDocument<Schema extends z.ZodType>(document: unknown, rules: YamlRules<Schema>) {
  if (document === null) return { ok: false, faults: [valueFault([], null, rules.expected)] } as const
  return checkSettings(document, rules.schema, rules.faults)
}

function plainValue(document: Document.Parsed) {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount }) as unknown } as const
  } catch (error) {
    // The library's answer to aliases that multiply into a huge document.
    if (!(error instanceof ReferenceError)) throw error
    const expected = `aliases that expand at most ${maxAliasCount} times`
    const fault: Fault = { path: [], about: 'value', value: 'more', expected, nearest: null }
    return { ok: false, faults: [fault] } as const
  }
}

/** Where the faulty key or value stands; for a missing one, the nearest thing around it that is there. */
function offsetOf(fault: Fault, document: Document.Parsed): number {
  const key = keyOffset(fault.path, document)
  if (fault.about === 'key' && key !== undefined) return key
  const value = startOf(nodeAt(document, fault.path)) ?? key
  if (value !== undefined) return value
  for (let length = fault.path.length - 1; length > 0; length--) {
    const start = startOf(nodeAt(document, fault.path.slice(0, length)))
    if (start !== undefined) return start
  }
  return startOf(document.contents) ?? 0
}

function keyOffset(path: SettingPath, document: Document.Parsed): number | undefined {
  const parent = nodeAt(document, path.slice(0, -1))
  const name = String(path.at(-1))
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === name)
    : undefined
  return isNode(pair?.key) ? startOf(pair.key) : undefined
}

function nodeAt(document: Document.Parsed, path: SettingPath): Node | null {
  const node = path.length === 0 ? document.contents : document.getIn(path, true)
  return isNode(node) ? node : null
}

function startOf(node: Node | null): number | undefined {
  return node?.range?.[0]
}

function problemAt(fault: Fault, offset: number, lines: LineCounter): ConfigProblem {
  const { line, col } = lines.linePos(offset)
  return { ...problemOf(fault), line: Math.max(line, 1), column: Math.max(col, 1), nearest: fault.nearest }
}

const byPlace = (a: ConfigProblem, b: ConfigProblem) => a.line - b.line || a.column - b.column
