import { execFile } from 'node:child_process'
import type { Command } from 'commander'
import { type CliContext, EXIT } from '../cli-context.ts'
import { columns, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, withServer } from '../server-options.ts'

/** One thing that was looked at. */
interface Finding {
  readonly what: string
  readonly state: 'ok' | 'note' | 'wrong'
  /** What was seen and, where it is wrong, what to do. */
  readonly says: string
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const TIMEOUT_MS = 10_000
const CLOCK_MS = 30_000

/** `doctor`: looks at the server, the token and what the clients of this machine are set to. Exit code 1 when something is wrong. */
export function addDoctor(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('doctor')
      .description(
        'look at the server, the token, the clock, the App, upstreams, and what the clients of this machine are set to',
      ),
  ).action(async (options: ServerOptions) => {
    const { server, token } = accessOf(options, context)
    const reached = await reach(server)
    const findings = [
      reached.finding,
      ...(reached.answer === null ? [] : await lookAtServer(server, token, reached.answer, context)),
      ...(await lookAtClients(server, context)),
    ]
    if (options.json) printJson(context, findings)
    else context.out(`${print(findings, context)}\n`)
    const gone = reached.answer === null
    finish(
      gone ? EXIT.unreachable : findings.some(({ state }) => state === 'wrong') ? EXIT.refused : EXIT.done,
    )
  })
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function reach(server: string): Promise<{ readonly finding: Finding; readonly answer: Answer | null }> {
  try {
    const answer = await ask(`${server}/readyz`)
    if (answer.status >= 300 && answer.status < 400) {
      const says = `${server} answers with a redirect to ${plain(answer.headers.get('location') ?? 'nowhere')}; use that address`
      return { finding: { what: 'server', state: 'wrong', says }, answer: null }
    }
    const isReady = answer.status === 200
    const says = isReady
      ? `${server} is ready`
      : `${server} is not ready: ${plain(answer.text).slice(0, 300)}`
    return { finding: { what: 'server', state: isReady ? 'ok' : 'wrong', says }, answer }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    const says = `${server} cannot be reached: ${plain(cause)}; is the address right, and does a proxy or firewall stand between?`
    return { finding: { what: 'server', state: 'wrong', says }, answer: null }
  }
}

async function lookAtServer(
  server: string,
  token: string | null,
  { headers }: Answer,
  context: CliContext,
): Promise<readonly Finding[]> {
  return [
    lookAtClock(headers, context),
    await lookAtToken(server, token),
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

async function lookAtToken(server: string, token: string | null): Promise<Finding> {
  if (token === null)
    return {
      what: 'token',
      state: 'note',
      says: 'none given (--token or SLIPWAY_TOKEN); reading a public server needs none',
    }
  const { status, text } = await ask(`${server}/npm/-/whoami`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (status === 200)
    return { what: 'token', state: 'ok', says: `the server knows it as ${plain(text).slice(0, 200)}` }
  return {
    what: 'token',
    state: 'wrong',
    says: `refused (${status}); make another with slipway token create`,
  }
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

/** What the metrics say of upstreams, where they may be read. */
async function lookAtUpstreams(server: string, token: string | null): Promise<readonly Finding[]> {
  const { status, text } = await ask(
    `${server}/metrics`,
    token === null ? {} : { headers: { authorization: `Bearer ${token}` } },
  )
  if (status !== 200)
    return [{ what: 'upstream', state: 'note', says: `not seen: the metrics answer ${status}` }]
  const failing = [...text.matchAll(/^(slipway_upstream\S*(?:fail|error)\S*) ([1-9]\d*)$/gm)]
  if (failing.length > 0) {
    return failing.map(([, name = '', count = '']) => ({
      what: 'upstream',
      state: 'note' as const,
      says: `${name}: ${count}`,
    }))
  }
  const known = /^slipway_upstream/m.test(text)
  return [{ what: 'upstream', state: 'ok', says: known ? 'answers' : 'none is configured' }]
}

/** Where the clients of this machine ask, as they say it themselves. */
async function lookAtClients(server: string, context: CliContext): Promise<readonly Finding[]> {
  const { host } = new URL(server)
  const npm = await say('npm', ['config', 'get', 'registry'], context)
  const pip = await say('python3', ['-m', 'pip', 'config', 'get', 'global.index-url'], context)
  const settings = [
    ['npm', context.env.npm_config_registry || npm, `npm config set registry ${server}/npm/`],
    ['pip', context.env.PIP_INDEX_URL || pip, `pip config set global.index-url ${server}/pypi/simple/`],
    [
      'uv',
      context.env.UV_DEFAULT_INDEX || context.env.UV_INDEX_URL || null,
      `export UV_DEFAULT_INDEX=${server}/pypi/simple/`,
    ],
  ] as const
  return settings.map(([client, address, how]) => {
    if (address === null)
      return { what: client, state: 'note', says: `not here or not set; to use this server: ${how}` }
    const here = URL.canParse(address) && new URL(address).host === host
    const url = URL.canParse(address) ? new URL(address) : null
    // A key or a token may stand in it.
    const shown =
      url === null ? plain(address) : `${url.origin}${url.pathname.replace(/\/as\/[^/]+\//, '/as/…/')}`
    return here
      ? { what: client, state: 'ok', says: `asks ${shown}` }
      : { what: client, state: 'note', says: `asks ${shown}, not this server; to use it: ${how}` }
  })
}

function say(program: string, args: readonly string[], context: CliContext): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { cwd: context.cwd, env: context.env, timeout: TIMEOUT_MS }
    execFile(program, [...args], options, (error, out) =>
      resolve(error === null && out.trim() !== '' ? out.trim() : null),
    )
  })
}

function print(findings: readonly Finding[], context: CliContext): string {
  const paint = paintFor(context.colour)
  const style = { ok: 'green', note: 'yellow', wrong: 'red' } as const
  const rows = findings.map(({ what, state, says }) => [state, what, says])
  return columns(rows, (cell, row, column) =>
    column === 0 ? paint(style[findings[row]?.state ?? 'note'], cell) : cell,
  )
}
