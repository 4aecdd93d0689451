import type { SyntaxNode } from '@lezer/common'
import { childrenOf, lineOf, textOf } from './syntax-tree.ts'

/** Syntax that an older Python cannot read. */
export interface NewerSyntax {
  /** The first Python that reads it, e.g. `3.8`. */
  readonly since: string
  readonly what: string
  readonly line: number
}

/** A feature of the language and the version that brought it; null for what every Python of today reads. */
function featureOf(node: SyntaxNode, source: string): readonly [string, string] | null {
  switch (node.name) {
    case 'NamedExpression':
      return ['3.8', 'an assignment expression']
    case 'FormatString':
      return ['3.6', 'an f-string']
    case 'FormatSelfDoc':
      return ['3.8', 'an f-string with =']
    case 'MatchStatement':
      return ['3.10', 'a match statement']
    case 'TypeParamList':
    case 'TypeDefinition':
      return ['3.12', 'type parameters']
    case 'AwaitExpression':
      return ['3.5', 'await']
    case 'ParamList':
      return parameterFeature(node, source)
    case 'TypeDef':
      return node.parent?.name === 'AssignStatement'
        ? ['3.6', 'an annotated variable']
        : ['3.0', 'annotations']
    case 'except':
      return node.nextSibling?.name === '*' ? ['3.11', 'except*'] : null
    case 'async':
      return ['3.5', 'async']
    case 'from':
      return node.parent?.name === 'YieldExpression' || node.parent?.name === 'RaiseStatement'
        ? ['3.3', `${node.parent.name === 'RaiseStatement' ? 'raise' : 'yield'} from`]
        : null
    case '**':
      return node.parent?.name === 'DictionaryExpression'
        ? ['3.5', 'a dictionary unpacked into another']
        : null
    case 'ScopeStatement':
      return textOf(node, source).startsWith('nonlocal') ? ['3.0', 'nonlocal'] : null
    default:
      return null
  }
}

function parameterFeature(node: SyntaxNode, source: string): readonly [string, string] | null {
  let end = node.from
  for (const child of childrenOf(node)) {
    if (source.slice(end, child.from).includes('/')) return ['3.8', 'positional-only parameters']
    end = child.to
  }
  const star = childrenOf(node).find(({ name }) => name === '*')
  return star?.nextSibling?.name === ',' ? ['3.0', 'keyword-only parameters'] : null
}

const number = (version: string): number =>
  Number(version.split('.')[0]) * 100 + Number(version.split('.')[1])

const features = new Set(
  'NamedExpression FormatString FormatSelfDoc MatchStatement TypeParamList TypeDefinition AwaitExpression ParamList TypeDef except async from ** ScopeStatement'.split(
    ' ',
  ),
)

/** The newest syntax in a file's tree; null when Python 2.7 reads it. Annotations in comments and strings cost nothing. */
export function newestSyntax(top: SyntaxNode, source: string): NewerSyntax | null {
  let newest: NewerSyntax | null = null
  const cursor = top.cursor()
  do {
    if (!features.has(cursor.name)) continue
    const feature = featureOf(cursor.node, source)
    if (feature === null || (newest !== null && number(feature[0]) <= number(newest.since))) continue
    newest = { since: feature[0], what: feature[1], line: lineOf(source, cursor.from) }
  } while (cursor.next())
  return newest
}
