import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'

/** The tree of a Python text. Never throws: what is no Python becomes error nodes. */
export const parsePython = (source: string): SyntaxNode => parser.parse(source).topNode

/** The direct children of a node, tokens included. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
  return found
}

/** Every node below one, the node itself first, in the order of the text. */
export function* descendantsOf(top: SyntaxNode): Generator<SyntaxNode> {
  const cursor = top.cursor()
  const end = top.to
  do {
    if (cursor.from >= end && cursor.node !== top && top.to > top.from) return
    yield cursor.node
  } while (cursor.next() && cursor.from < end)
}

export const textOf = (node: SyntaxNode, source: string): string => source.slice(node.from, node.to)

/** The statements of a block or a whole file; statements joined by `;` one by one. */
export function statementsOf(block: SyntaxNode): SyntaxNode[] {
  return childrenOf(block).flatMap((child) => (child.name === 'StatementGroup' ? childrenOf(child) : [child]))
}

/** The value of a plain string literal; null for anything with a prefix that changes it, or with escapes. */
export function stringValue(node: SyntaxNode, source: string): string | null {
  if (node.name !== 'String') return null
  const found = /^[rRuU]?("""|'''|"|')([^\\]*)\1$/s.exec(textOf(node, source))
  return found?.[2] ?? null
}

/** `a`, or `a.b.c` of names only; null for other expressions. */
export function dottedName(node: SyntaxNode, source: string): string | null {
  if (node.name === 'VariableName') return textOf(node, source)
  if (node.name !== 'MemberExpression') return null
  const text = textOf(node, source).replaceAll(/\s+/g, '')
  return /^[\p{L}_][\w\p{L}]*(\.[\p{L}_][\w\p{L}]*)+$/u.test(text) ? text : null
}

/** The line of an offset, counted from 1. */
export function lineOf(source: string, offset: number): number {
  let line = 1
  for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', at + 1)) line += 1
  return line
}
