import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { startGithub } from './github.ts'
import type { GithubStandIn } from './stand-in.ts'

/**
 * The stand-in as a process: `node main.ts --app-id 1 --key app.pem [--port 0] [--users a,b] [--orgs acme]
 * [--webhook-url URL --webhook-secret S] [--action DIR]`. Prints one JSON object a line: first `listening` with
 * the address of GitHub, of the OIDC issuer and of `control`, then every violation as it happens.
 * `POST <control>/<method>` with a JSON array calls a method of the stand-in and answers its result.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'app-id': { type: 'string' },
    key: { type: 'string' },
    users: { type: 'string', default: 'maintainer,contributor,stranger' },
    orgs: { type: 'string', default: 'acme' },
    'webhook-url': { type: 'string' },
    'webhook-secret': { type: 'string' },
    action: { type: 'string' },
  },
})

const methods = [
  'setWebhook',
  'deliveries',
  'redeliver',
  'token',
  'installation',
  'createRepository',
  'commitFiles',
  'publishRelease',
  'setPermission',
  'createIssue',
  'labelIssue',
  'closeIssue',
  'comment',
  'reactions',
  'pullRequest',
  'issues',
  'issue',
  'comments',
  'runs',
  'log',
  'identityToken',
  'violations',
  'operations',
  'outsideAttempts',
  'settled',
] as const satisfies readonly (keyof GithubStandIn)[]

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function needed(name: 'app-id' | 'key'): string {
  const value = values[name]
  if (value === undefined) {
    process.stderr.write(`--${name} is missing\n`)
    process.exit(2)
  }
  return value
}

function words(text: string): string[] {
  return text.split(',').filter((word) => word !== '')
}

const url = values['webhook-url']
const secret = values['webhook-secret'] ?? ''
const github = await startGithub({
  app: { id: Number(needed('app-id')), privateKey: readFileSync(needed('key'), 'utf8') },
  accounts: { users: words(values.users), orgs: words(values.orgs) },
  port: Number(values.port),
  onViolation: (violation) => say({ event: 'violation', ...violation }),
  ...(url === undefined ? {} : { webhook: { url, secret } }),
  ...(values.action === undefined ? {} : { actionDirectory: values.action }),
})

async function call(name: string, args: readonly unknown[]): Promise<unknown> {
  const method = methods.find((candidate) => candidate === name)
  if (method === undefined) throw new Error(`no method ${name}; there are ${methods.join(', ')}`)
  const result: unknown = await Reflect.apply(github[method], github, args)
  return result instanceof Map ? Object.fromEntries(result) : (result ?? null)
}

const control = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const result = await call(request.url?.slice(1) ?? '', text === '' ? [] : JSON.parse(text))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  } catch (error) {
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: String(error) }))
  }
})
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
const address = control.address()
const controlPort = typeof address === 'object' ? address?.port : null
say({
  event: 'listening',
  url: github.url,
  oidcIssuer: github.oidcIssuer,
  control: `http://127.0.0.1:${controlPort}`,
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    control.closeAllConnections()
    control.close()
    await github.stop()
    say({ event: 'stopped', violations: github.violations().length })
    process.exit(github.violations().length > 0 ? 1 : 0)
  })
}
