import { type Document, isAlias, isNode, isScalar, type Node, type Pair, visit } from 'yaml'
import { showValue } from '../../versions/problem.ts'
import type { Fault } from './fault.ts'

/** A fault of the text itself, with the offset of the character where it shows. */
interface SyntaxFault {
  readonly fault: Fault
  readonly offset: number
}

/** Broken YAML cannot be read any further; duplicate and odd keys can. */
export interface Syntax {
  readonly faults: readonly SyntaxFault[]
  readonly readable: boolean
}

/** What is wrong with a parsed YAML document before anybody asks what its keys mean. */
export function checkSyntax(document: Document.Parsed, text: string): Syntax {
  const errors = document.errors.map((error) => {
    const line = showValue(lineAt(text, error.pos[0]))
    return syntaxFault(line, expectedSyntax(error.code, error.message), error.pos[0])
  })
  const { keys, aliases, repeated } = oddParts(document)
  const twice = repeated.map((offset) => {
    return syntaxFault(showValue(lineAt(text, offset)), 'each key once in its mapping', offset)
  })
  const readable = aliases.length === 0 && document.errors.length === 0
  return { faults: [...errors, ...twice, ...keys, ...aliases], readable }
}

function oddParts(document: Document.Parsed) {
  /** Offsets of keys that their mapping has already. */
  const repeated: number[] = []
  const keys: SyntaxFault[] = []
  const aliases: SyntaxFault[] = []
  const anchors = new Set<string>()
  visit(document, {
    // Of a mapping this is called, and `Node` is not.
    Map(_, { items, anchor }) {
      if (anchor !== undefined) anchors.add(anchor)
      const known = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (known.has(key.value)) repeated.push(key.range?.[0] ?? 0)
        known.add(key.value)
      }
    },
    Pair(_, pair) {
      if (!isPlainKey(pair)) keys.push(oddKey(pair))
    },
    Node(_, node, around) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor)
        return
      }
      const holdsItself = around.some((outer) => anchorOf(outer) === node.source)
      if (anchors.has(node.source) && !holdsItself) return
      const expected = 'an alias of an anchor that stands above it'
      aliases.push(syntaxFault(`*${node.source}`, expected, node.range?.[0] ?? 0))
    },
  })
  return { keys, aliases, repeated }
}

function isPlainKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value !== '__proto__' && pair.key.value !== null
}

function oddKey(pair: Pair): SyntaxFault {
  const value = isScalar(pair.key) ? `the key ${showValue(pair.key.value)}` : 'a key that is no word'
  const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
  return syntaxFault(value, 'keys that are plain words', offset)
}

function anchorOf(outer: Document | Node | Pair): string | undefined {
  return isNode(outer) && !isAlias(outer) ? outer.anchor : undefined
}

function expectedSyntax(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'spaces for indentation, YAML allows no tabs there'
  if (code === 'MULTIPLE_DOCS') return 'one YAML document, without further --- lines'
  return `valid YAML (${message})`
}

function syntaxFault(value: string, expected: string, offset: number): SyntaxFault {
  return { fault: { path: [], about: 'value', value, expected, nearest: null }, offset }
}

function lineAt(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end === -1 ? undefined : end)
}
