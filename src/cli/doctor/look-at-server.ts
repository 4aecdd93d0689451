import { z } from 'zod'
import type { CliContext } from '../cli-context.ts'
import { plain } from '../paint.ts'
import { type Answer, ask, type Finding, withToken } from './finding.ts'

const CLOCK_MS = 30_000

/** Clock, address, token, App and upstreams, as the server's own answers tell them. */
export async function lookAtServer(
  server: string,
  token: string | null,
  { headers, text }: Answer,
  context: CliContext,
): Promise<readonly Finding[]> {
  return [
    lookAtClock(headers, context),
    await lookAtAddress(server, token),
    ...lookAtForwarding(text),
    ...(await lookAtToken(server, token, context)),
    await lookAtApp(server),
    ...(await lookAtUpstreams(server, token)),
  ]
}

/** Tokens of workflows are refused when the clocks are minutes apart. */
function lookAtClock(headers: Headers, context: CliContext): Finding {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date))
    return { what: 'clock', state: 'note', says: 'the server does not say what time it has' }
  const differenceMs = context.now() - date
  if (Math.abs(differenceMs) < CLOCK_MS)
    return { what: 'clock', state: 'ok', says: 'server and this machine agree' }
  const seconds = Math.round(Math.abs(differenceMs) / 1000)
  const says = `this machine is ${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} the server; set the clock that is wrong`
  return { what: 'clock', state: 'wrong', says }
}

/** What it calls itself stands in the addresses of files; a proxy in between must not change that. */
async function lookAtAddress(server: string, token: string | null): Promise<Finding> {
  const { status, text } = await ask(`${server}/api/v1/openapi.json`, withToken(token))
  const own = status === 200 ? /"servers":\[\{"url":"([^"]+?)\/api\/v1"/.exec(text)?.[1] : undefined
  if (own === undefined)
    return { what: 'address', state: 'note', says: `not seen: the API answers ${status}; give a token` }
  if (new URL(own).origin === new URL(server).origin)
    return { what: 'address', state: 'ok', says: `the server calls itself ${plain(own)}, too` }
  const says = `the server calls itself ${plain(own)}, and that is where clients would fetch files; set SLIPWAY_PUBLIC_URL to ${server} there, or use its address here`
  return { what: 'address', state: 'wrong', says }
}

const readySchema = z.looseObject({ proxies: z.array(z.looseObject({ sentence: z.string() })) })

/** Proxies that the server does not know as such: everybody behind them is in no percent. */
function lookAtForwarding(ready: string): readonly Finding[] {
  const known = readySchema.safeParse(jsonOf(ready))
  if (!known.success) return []
  return known.data.proxies.map(({ sentence }) => ({
    what: 'proxy in front',
    state: 'note',
    says: plain(sentence),
  }))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const SOON_MS = 14 * 24 * 3_600_000
const tokenSchema = z.looseObject({
  name: z.string(),
  scopes: z.array(z.string()),
  packages: z.array(z.string()),
  expiresAt: z.number().nullable(),
})

async function lookAtToken(
  server: string,
  token: string | null,
  context: CliContext,
): Promise<readonly Finding[]> {
  if (token === null) {
    const says = 'none given (--token or SLIPWAY_TOKEN); reading a public server needs none'
    return [{ what: 'token', state: 'note', says }]
  }
  const { status, text } = await ask(`${server}/api/v1/tokens/self`, withToken(token))
  if (status === 403) return [{ what: 'token', state: 'ok', says: 'may report and nothing else' }]
  const known = status === 200 ? tokenSchema.safeParse(JSON.parse(text)) : null
  if (!known?.success) {
    const says = `refused (${status}); make another with slipway token create`
    return [{ what: 'token', state: 'wrong', says }]
  }
  const { name, scopes, packages, expiresAt } = known.data
  const may = `may ${scopes.join(', ')} for ${packages.join(', ')}`
  const seen: Finding = {
    what: 'token',
    state: 'ok',
    says: `the server knows it as ${plain(name)}; ${plain(may)}`,
  }
  if (expiresAt === null) return [seen]
  const day = new Date(expiresAt).toISOString().slice(0, 10)
  const days = Math.max(0, Math.floor((expiresAt - context.now()) / 86_400_000))
  const soon = expiresAt - context.now() <= SOON_MS
  const says = soon
    ? `ends on ${day}, in ${days} days: make a new one in time with slipway token create`
    : `on ${day}, in ${days} days`
  return [seen, { what: 'token ends', state: soon ? 'note' : 'ok', says }]
}

/** The door for webhooks answers a request without a signature with 404 where no App is configured. */
async function lookAtApp(server: string): Promise<Finding> {
  const { status } = await ask(`${server}/api/github/webhooks`, { method: 'POST', body: '{}' })
  if (status === 404)
    return {
      what: 'GitHub App',
      state: 'note',
      says: 'none is configured: no bot, no tracking issues (docs/github.md)',
    }
  if (status >= 500)
    return {
      what: 'GitHub App',
      state: 'wrong',
      says: `webhooks are answered with ${status}; the server's log says why`,
    }
  return { what: 'GitHub App', state: 'ok', says: 'configured; unsigned webhooks are refused' }
}

const notAsStated =
  /^slipway_rollout_measured_percent\{rollout="([^"]*)",stated="([^"]*)",reach="(nobody|under-half|over-twice)"\} (\S+)$/gm

/** What the metrics say of measured shares and upstreams, where they may be read. */
async function lookAtUpstreams(server: string, token: string | null): Promise<readonly Finding[]> {
  const { status, text } = await ask(`${server}/metrics`, withToken(token))
  if (status !== 200)
    return [{ what: 'upstream', state: 'note', says: `not seen: the metrics answer ${status}` }]
  const shares = [...text.matchAll(notAsStated)].map(
    ([, rollout = '', stated = '', reach = '', share = '']) => ({
      what: 'percent',
      state: 'note' as const,
      says: `${rollout} says ${stated} %, and ${share} % of the requests of the last day got the candidate (${reach}); give machines, teams and CI keys of their own: a user name in the registry's address or slipway=<key> in the user agent (docs/clients.md)`,
    }),
  )
  const failing = [...text.matchAll(/^(slipway_upstream\S*(?:fail|error)\S*) ([1-9]\d*)$/gm)]
  if (failing.length > 0) {
    const counts = failing.map(([, name = '', count = '']) => ({
      what: 'upstream',
      state: 'note' as const,
      says: `${name}: ${count}`,
    }))
    return [...shares, ...counts]
  }
  const known = /^slipway_upstream/m.test(text)
  return [...shares, { what: 'upstream', state: 'ok', says: known ? 'answers' : 'none is configured' }]
}
