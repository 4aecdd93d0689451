import type { SyntaxNode } from '@lezer/common'
import { childrenOf, descendantsOf, statementsOf, textOf } from './syntax-tree.ts'

/** What the code around a use catches, so that the use may fail. */
export interface Guard {
  /** A module that is not there. */
  readonly missing: boolean
  /** A name that a module lacks, by import. */
  readonly name?: boolean
  /** An attribute that is not there. */
  readonly attribute: boolean
}

export const noGuard: Guard = { missing: false, name: false, attribute: false }

/** What either of two guards catches. */
export const weaker = (left: Guard, right: Guard): Guard => ({
  missing: left.missing || right.missing,
  name: (left.name ?? left.missing) || (right.name ?? right.missing),
  attribute: left.attribute || right.attribute,
})

/**
 * What the handlers of a `try` catch. `ModuleNotFoundError` guards no name of a module that is there, `ImportError`
 * guards no attribute, and a handler that raises guards nothing.
 */
export function handlerGuard(node: SyntaxNode, source: string): Guard {
  let guard = noGuard
  let caught: string[] | null = null
  for (const child of childrenOf(node)) {
    if (child.name === 'except') caught = []
    else if (['else', 'finally'].includes(child.name)) caught = null
    else if (child.name === 'Body' && caught !== null) {
      if (!endsInRaise(child)) guard = weaker(guard, guardOf(caught))
      caught = null
    } else if (caught !== null && child.prevSibling?.name !== 'as')
      for (const part of descendantsOf(child))
        if (part.name === 'VariableName' || part.name === 'PropertyName') caught.push(textOf(part, source))
  }
  return guard
}

function guardOf(caught: readonly string[]): Guard {
  const any = caught.length === 0 || caught.some((name) => ['Exception', 'BaseException'].includes(name))
  const name = any || caught.includes('ImportError')
  return {
    missing: name || caught.includes('ModuleNotFoundError'),
    name,
    attribute: any || caught.includes('AttributeError'),
  }
}

const endsInRaise = (body: SyntaxNode): boolean => statementsOf(body).at(-1)?.name === 'RaiseStatement'
