import type { IncomingMessage } from 'node:http'
import type { HttpProblem } from './problem.ts'

/** What a form of another site can send without asking first (Fetch standard, CORS-safelisted). */
const formTypes = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i

/**
 * Why a request that changes something is refused, or null: a browser sends its stored credentials with whatever
 * another site tells it to, and says so in `Origin` and `Sec-Fetch-Site`. Programs send neither. Credentials that a
 * browser keeps (Basic) with a body that a form can make are refused also from browsers that say nothing; uploads of
 * Python packages are such forms, and sent by programs.
 */
export function crossSiteProblem(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  rest: string,
  publicUrl: string,
): HttpProblem | null {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return null
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site')
    return refuse('Sec-Fetch-Site', String(site), 'same-origin')
  const { origin } = headers
  const own = new URL(publicUrl).origin
  if (origin !== undefined && origin !== own && !isOwnHost(origin, headers.host))
    return refuse('Origin', origin, own)
  const isForm = formTypes.test(headers['content-type'] ?? '') && /^basic /i.test(headers.authorization ?? '')
  if (isForm && !rest.startsWith('/pypi/legacy'))
    return refuse('Content-Type', headers['content-type'] ?? '', 'application/json')
  return null
}

/** Whoever reached the server under another of its names is on its site all the same. */
function isOwnHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

function refuse(field: string, given: string, expected: string): HttpProblem {
  const value = given.slice(0, 200)
  const detail = `Nothing is changed by a request that another site may have sent: ${field}: got ${value}, expected ${expected}.`
  return { status: 403, detail, field, value, expected }
}
