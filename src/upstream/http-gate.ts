import type { LookupFunction } from 'node:net'
import { Agent, fetch } from 'undici'
import { z } from 'zod'
import type { HttpFact } from '../gates/evidence.ts'
import type { EffectContext, EffectOutcome } from '../ports/effector.ts'
import type { Effect } from '../rollout/effects/effect.ts'
import { ownEntry } from '../versions/own-entry.ts'
import { messageOf } from './message-of.ts'
import { isPrivateAddress, publicLookup } from './private-address.ts'

export interface HttpGateSettings {
  /** The operator's `httpGateHosts`: host, or host:port where it is not 443; lower case. */
  readonly hosts: readonly string[]
  /** How names are resolved; the default refuses private addresses and pins the one that was checked. */
  readonly lookup?: LookupFunction
  /** PEM of a further certificate. */
  readonly ca?: string
}

/** Asks the servers behind `http` gates. */
export interface HttpGate {
  ask(effect: Effect & { readonly kind: 'ask-http' }, context: EffectContext): Promise<EffectOutcome>
  close(): Promise<void>
}

type Said = Pick<HttpFact, 'answer' | 'sentence'>

const longestAnswerBytes = 64 * 1024
const longestMs = 10_000
/** A yes is told again before it is too old to count (`HTTP_PASS_LASTS_MS`). */
const tellAgainMs = 25 * 60_000

const reply = z.object({
  answer: z.enum(['pass', 'wait', 'hold', 'fail']),
  sentence: z.string().max(4000).default(''),
})

/**
 * Asks as docs/configuration.md says: https, a host of the operator's list, a resolved address that is not
 * private and stays the one that was checked, no redirects, 64 kB, 10 s. Whatever goes wrong is no yes: the gate
 * waits and says why, or holds where only a person can change it.
 */
export function createHttpGate(settings: HttpGateSettings): HttpGate {
  const { hosts, lookup = publicLookup, ca } = settings
  const times = { headersTimeout: longestMs, bodyTimeout: longestMs }
  const connect = { lookup, timeout: longestMs, ...(ca !== undefined && { ca }) }
  const dispatcher = new Agent({ connect, ...times, connections: 4, keepAliveTimeout: 1000 })
  return {
    async ask(effect, context) {
      const refusal = refusalOf(effect.rule.url, hosts)
      const said = refusal ?? (await ask(effect, context, dispatcher))
      return { ok: true, place: { answer: said.answer }, signals: newsOf(effect.stage, said, context) }
    },
    close: () => dispatcher.destroy(),
  }
}

function refusalOf(address: string, hosts: readonly string[]): Said | null {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.protocol !== 'https:') return hold('its address is not https')
  if (!hosts.includes(url.host.toLowerCase())) {
    return hold(`it was not asked: ${url.host} is to be added to httpGateHosts in slipway.server.yml first`)
  }
  // Addresses are not looked up, so the look-up cannot refuse them.
  if (isPrivateAddress(url.hostname)) return hold('it was not asked: the address is private')
  return null
}

async function ask(
  { rule, stage }: Effect & { readonly kind: 'ask-http' },
  context: EffectContext,
  dispatcher: Agent,
): Promise<Said> {
  const timeoutMs = Math.min(rule.timeoutMs, longestMs)
  try {
    const response = await fetch(rule.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'Slipway' },
      body: JSON.stringify(questionOf(stage, context)),
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      return wait(`it answered ${response.status}, not 200`)
    }
    return read(await textOf(response))
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      return wait(`no whole answer within ${timeoutMs / 1000} s`)
    }
    const { cause } = error instanceof Error ? error : { cause: undefined }
    return wait(`it could not be asked: ${messageOf(cause ?? error)}`)
  }
}

/** What the other side is told: public facts of the rollout, nothing of its canaries. */
function questionOf(stage: number, { state, explanation }: EffectContext) {
  const at = explanation.stages[stage]
  return {
    rollout: state.id,
    releases: state.members,
    stage: { index: stage, name: at?.name ?? '', percent: at?.percent ?? 0, enteredAt: state.stageEnteredAt },
    phase: explanation.phase,
  }
}

async function textOf(response: Awaited<ReturnType<typeof fetch>>): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Counted after unpacking, chunk by chunk.
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > longestAnswerBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length).toString('utf8')
}

function read(text: string | null): Said {
  if (text === null) return wait(`its answer is larger than ${longestAnswerBytes / 1024} kB`)
  try {
    const said = reply.safeParse(JSON.parse(text))
    if (said.success) return { answer: said.data.answer, sentence: oneLine(said.data.sentence) }
  } catch {
    // Said below, with what JSON lacks.
  }
  return wait('its answer is not JSON with an answer of pass, wait, hold or fail')
}

/** Only news are told, so that a rollout does not grow with every look; a yes is told again while it lasts. */
function newsOf(stageIndex: number, said: Said, { state, now }: EffectContext) {
  const known = ownEntry(state.http, String(stageIndex))
  const same = known !== undefined && known.answer === said.answer && known.sentence === said.sentence
  if (same && (said.answer !== 'pass' || now < known.at + tellAgainMs)) return []
  const answer = { stageIndex, ...said, at: now, since: same ? known.since : now }
  return [{ kind: 'http-answer', answer }] as const
}

function wait(sentence: string): Said {
  return { answer: 'wait', sentence: oneLine(sentence) }
}

function hold(sentence: string): Said {
  return { answer: 'hold', sentence }
}

/** One short line of visible text. */
function oneLine(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const end = line.length > 300 ? `${line.slice(0, 299)}…` : line
  return end.replace(/\.$/, '')
}
