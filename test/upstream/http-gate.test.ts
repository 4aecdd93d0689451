import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, LookupFunction } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { HttpFact } from '../../src/gates/evidence.ts'
import type { EffectContext } from '../../src/ports/effector.ts'
import { explain } from '../../src/rollout/explaining/explain.ts'
import { createHttpGate, type HttpGateSettings } from '../../src/upstream/http-gate.ts'
import { ID, MINUTE, NOON, startedStory } from '../rollout/builders.ts'
import { isHere, run } from '../server/clients.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

const state = startedStory().live
const toLoopback: LookupFunction = (_, options, done) => {
  if (options.all) return done(null, [{ address: '127.0.0.1', family: 4 }])
  return done(null, '127.0.0.1', 4)
}

function context(known: HttpFact | null, now: number): EffectContext {
  const asked = known === null ? state : { ...state, http: { 0: known } }
  return {
    state: asked,
    explanation: explain(asked, now),
    now,
    applied: null,
    siblings: [],
    repository: null,
    nonce: () => '',
    clusterOf: () => '',
  }
}

async function ask(
  settings: HttpGateSettings,
  url: string,
  known: HttpFact | null = null,
  now = NOON,
  timeoutMs = 2000,
) {
  const gate = createHttpGate(settings)
  const effect = {
    kind: 'ask-http',
    mode: 'standing',
    key: 'k',
    rollout: ID,
    stage: 0,
    rule: { url, timeoutMs },
    digest: '0',
  } as const
  const outcome = await gate.ask(effect, context(known, now))
  await gate.close()
  if (!outcome.ok) throw new Error('it never fails')
  return outcome.signals.flatMap((signal) => (signal.kind === 'http-answer' ? [signal.answer] : []))
}

const said = async (...given: Parameters<typeof ask>) =>
  (await ask(...given)).map(({ answer, sentence }) => `${answer}: ${sentence}`).join('; ')

describe('an http gate that must not be asked', () => {
  const closed = 'http://gate.example/'
  it.each([
    [
      'another host',
      'https://other.example/',
      'hold: it was not asked: other.example is to be added to httpGateHosts in slipway.server.yml first',
    ],
    [
      'another port',
      'https://gate.example:444/',
      'hold: it was not asked: gate.example:444 is to be added to httpGateHosts in slipway.server.yml first',
    ],
    ['no https', closed, 'hold: its address is not https'],
    ['a private address', 'https://10.0.0.1/', 'hold: it was not asked: the address is private'],
    [
      'a private address, written otherwise',
      'https://[::ffff:127.0.0.1]/',
      'hold: it was not asked: the address is private',
    ],
    [
      'a name of a private address',
      'https://localhost/',
      'wait: it could not be asked: localhost resolves to the private address 127.0.0.1',
    ],
  ])('%s', async (_, url, answer) => {
    const hosts = ['gate.example', '10.0.0.1', 'localhost', new URL('https://[::ffff:127.0.0.1]/').host]
    expect((await said({ hosts }, url)).replace('::1', '127.0.0.1')).toBe(answer)
  })
})

const hasOpenssl = await isHere('openssl', ['version'])

describe.runIf(hasOpenssl)('an http gate that is asked', async () => {
  const folder = hasOpenssl ? await scratchFolder() : ''
  const subject = ['-subj', '/CN=gate.example', '-addext', 'subjectAltName=DNS:gate.example']
  const keys = ['-keyout', 'key.pem', '-out', 'cert.pem']
  await run(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...keys],
    folder,
  )
  const ca = await readFile(join(folder, 'cert.pem'), 'utf8')
  const key = await readFile(join(folder, 'key.pem'), 'utf8')
  let handler: Handler = (_, response) => response.end()
  const server = createServer({ cert: ca, key }, (request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => handler(request, response, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `gate.example:${(server.address() as AddressInfo).port}`
  const url = `https://${host}/may-go?x=1`
  const settings = { hosts: [host], lookup: toLoopback, ca }
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const answering = (answer: Handler) => {
    handler = answer
  }
  const json =
    (value: unknown): Handler =>
    (_, response) =>
      response.end(JSON.stringify(value))

  it('is told of the rollout, and of nothing else', async () => {
    let asked: unknown = null
    answering((request, response, body) => {
      asked = {
        method: request.method,
        url: request.url,
        cookie: request.headers.authorization,
        body: JSON.parse(body),
      }
      response.end('{"answer":"pass","sentence":" all\\u0000 quiet. "}')
    })
    expect(await ask(settings, url)).toEqual([
      { stageIndex: 0, answer: 'pass', sentence: 'all quiet', at: NOON, since: NOON },
    ])
    expect(asked).toMatchObject({
      method: 'POST',
      url: '/may-go?x=1',
      cookie: undefined,
      body: { rollout: ID, releases: state.members, stage: { index: 0, percent: 0 }, phase: 'staged' },
    })
  })

  it.each<[string, Handler, string]>([
    ['a hold', json({ answer: 'hold' }), 'hold: '],
    ['a no', json({ answer: 'fail', sentence: 'errors rise' }), 'fail: errors rise'],
    [
      'another word',
      json({ answer: 'yes' }),
      'wait: its answer is not JSON with an answer of pass, wait, hold or fail',
    ],
    [
      'no JSON',
      (_, response) => response.end('pass'),
      'wait: its answer is not JSON with an answer of pass, wait, hold or fail',
    ],
    [
      'another status',
      (_, response) => response.writeHead(503).end('{"answer":"pass"}'),
      'wait: it answered 503, not 200',
    ],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: url }).end(),
      'wait: it answered 302, not 200',
    ],
    [
      'too much',
      (_, response) => response.end(`{"answer":"pass","x":"${'y'.repeat(70_000)}"}`),
      'wait: its answer is larger than 64 kB',
    ],
    [
      'a broken connection',
      (request) => request.socket.destroy(),
      'wait: it could not be asked: other side closed',
    ],
  ])('%s', async (_, answer, sentence) => {
    answering(answer)
    expect(await said(settings, url)).toBe(sentence)
  })

  it('waits for no answer that takes too long, and believes no other certificate', async () => {
    answering(() => {})
    expect(await said(settings, url, null, NOON, 150)).toBe('wait: no whole answer within 0.15 s')
    const { ca: _, ...untrusting } = settings
    expect(await said(untrusting, url)).toMatch(/^wait: it could not be asked: self-signed/)
  })

  it('tells news only: the same answer once, a yes again while it lasts', async () => {
    answering(json({ answer: 'pass', sentence: 'fine' }))
    const known = { stageIndex: 0, answer: 'pass', sentence: 'fine', at: NOON, since: NOON } as const
    expect(await ask(settings, url, known, NOON + 15 * MINUTE)).toEqual([])
    expect(await ask(settings, url, known, NOON + 30 * MINUTE)).toEqual([
      { ...known, at: NOON + 30 * MINUTE },
    ])
    answering(json({ answer: 'wait', sentence: 'fine' }))
    const [changed] = await ask(settings, url, known, NOON + 30 * MINUTE)
    expect(changed).toMatchObject({ answer: 'wait', since: NOON + 30 * MINUTE })
    if (changed !== undefined) expect(await ask(settings, url, changed, NOON + 90 * MINUTE)).toEqual([])
  })
})
