import type { SyntaxNode } from '@lezer/common'
import type { Parameter } from './parameter.ts'
import { childrenOf, textOf } from './syntax-tree.ts'
import type { TextPool } from './text-pool.ts'

const nothing: readonly Parameter[] = []

/** The parameters of a `ParamList`, in their order. */
export function parametersOf(list: SyntaxNode | null, source: string, pool: TextPool): readonly Parameter[] {
  if (list === null) return nothing
  const found: Parameter[] = []
  let keywordOnly = false
  for (const part of partsOf(list)) {
    // The grammar has no node of its own for the `/` that ends the positional ones.
    if (part.slash)
      for (const [at, known] of found.entries()) found[at] = { ...known, kind: 'positional-only' }
    const star = part.nodes.find(({ name }) => name === '*' || name === '**')?.name ?? ''
    const own = part.nodes.find(({ name }) => name === 'VariableName')
    const required = star === '' && !part.nodes.some(({ name }) => name === 'AssignOp')
    if (own !== undefined)
      found.push(asParameter({ name: pool.text(textOf(own, source)), star, required }, keywordOnly))
    if (star === '*') keywordOnly = true
  }
  return pool.parameters(found)

  function* partsOf(all: SyntaxNode) {
    let nodes: SyntaxNode[] = []
    let slash = false
    let end = all.from
    for (const child of childrenOf(all)) {
      slash ||= source.slice(end, child.from).includes('/')
      end = child.to
      if (child.name !== ',') nodes.push(child)
      else {
        yield { nodes, slash }
        nodes = []
        slash = false
      }
    }
    yield { nodes, slash }
  }
}

function asParameter(
  given: { name: string; star: string; required: boolean },
  keywordOnly: boolean,
): Parameter {
  const kind =
    given.star === '*'
      ? 'rest'
      : given.star === '**'
        ? 'keyword-rest'
        : keywordOnly
          ? 'keyword-only'
          : 'plain'
  return { name: given.name, kind, required: given.required }
}
