import type { Command } from 'commander'
import { sayNetworkError } from '../../registries/slipway-index/say-network-error.ts'
import { type CliContext, EXIT } from '../cli-context.ts'
import { columns, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, withServer } from '../server-options.ts'
import { type Answer, ask, type Finding } from './finding.ts'
import { lookAtClients } from './look-at-clients.ts'
import { lookAtProxies } from './look-at-proxies.ts'
import { lookAtServer } from './look-at-server.ts'

/** `doctor`: looks at the server, the token and what the clients of this machine are set to. Exit code 1 when something is wrong. */
export function addDoctor(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('doctor')
      .description(
        'look at the server, the token, the clock, the App, upstreams, proxies, and what clients of this machine would get',
      ),
  ).action(async (options: ServerOptions) => {
    const { server, token } = accessOf(options, context)
    const reached = await reach(server)
    const findings = [
      reached.finding,
      ...lookAtProxies(server, context),
      ...(reached.answer === null ? [] : await lookAtServer(server, token, reached.answer, context)),
      ...(await lookAtClients(server, token, reached.answer !== null, context)),
    ]
    if (options.json) printJson(context, findings)
    else context.out(`${print(findings, context)}\n`)
    const gone = reached.answer === null
    finish(
      gone ? EXIT.unreachable : findings.some(({ state }) => state === 'wrong') ? EXIT.refused : EXIT.done,
    )
  })
}

async function reach(server: string): Promise<{ readonly finding: Finding; readonly answer: Answer | null }> {
  try {
    const answer = await ask(`${server}/readyz`)
    if (answer.status >= 300 && answer.status < 400) {
      const says = `${server} answers with a redirect to ${plain(answer.headers.get('location') ?? 'nowhere')}; use that address`
      return { finding: { what: 'server', state: 'wrong', says }, answer: null }
    }
    if (
      !/^(?:application\/json|application\/problem\+json)\b/.test(answer.headers.get('content-type') ?? '')
    ) {
      const says = `${server} answers, but not as a Slipway server does (${answer.status}, no JSON); is this its address, with the path before it?`
      return { finding: { what: 'server', state: 'wrong', says }, answer: null }
    }
    const isReady = answer.status === 200
    const says = isReady
      ? `${server} is ready`
      : `${server} is not ready: ${plain(answer.text).slice(0, 300)}`
    return { finding: { what: 'server', state: isReady ? 'ok' : 'wrong', says }, answer }
  } catch (error) {
    const says = `${server} cannot be reached: ${plain(sayNetworkError(server, error))}; is the address right, and does a proxy or firewall stand between?`
    return { finding: { what: 'server', state: 'wrong', says }, answer: null }
  }
}

function print(findings: readonly Finding[], context: CliContext): string {
  const paint = paintFor(context.colour)
  const style = { ok: 'green', note: 'yellow', wrong: 'red' } as const
  const rows = findings.map(({ what, state, says }) => [state, what, says])
  return columns(rows, (cell, row, column) =>
    column === 0 ? paint(style[findings[row]?.state ?? 'note'], cell) : cell,
  )
}
