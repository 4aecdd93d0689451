import { type SimpleType, simpleTypes } from '../../catalog/hosted/project-page.ts'
import { chooseType } from '../http/accept.ts'
import type { HttpProblem } from '../http/problem.ts'

/** Offered in this order: `*` + `/*` gives HTML, as on PyPI. `latest` is the newest version of each (PEP 691). */
const offers = [
  simpleTypes.plainHtml,
  simpleTypes.html,
  simpleTypes.json,
  'application/vnd.pypi.simple.latest+html',
  'application/vnd.pypi.simple.latest+json',
] as const

/** The type of the simple API that an Accept header likes best; null when it takes none of ours. */
export function chooseSimpleType(accept: string | undefined): SimpleType | null {
  const type = chooseType(accept, offers)
  if (type === 'application/vnd.pypi.simple.latest+html') return simpleTypes.html
  if (type === 'application/vnd.pypi.simple.latest+json') return simpleTypes.json
  return type
}

/** The problem of a client that takes none of our types. */
export const notAcceptable: HttpProblem = {
  status: 406,
  detail: `accept: expected one of ${offers.join(', ')}`,
  field: 'accept',
}
