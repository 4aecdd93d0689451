import { createHmac, generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { runLoad } from './children.ts'
import { startSlipway } from './slipway-server.ts'

/** How fast deliveries were accepted, and how fast the worker was through with them. */
export interface WebhookFigures {
  readonly acceptedPerSecond: number
  readonly p99Ms: number
  readonly deliveries: number
  /** From the first delivery to the last one handled. */
  readonly handledPerSecond: number
  readonly bytes: number
}

const secret = 'a long webhook secret of the bench'
const connections = 64

/** A finished run as GitHub tells it, of a repository that is nobody's canary: stored, looked up, done. */
function deliveryBody(): string {
  const repository = { id: 77, full_name: 'acme/elsewhere', private: false, default_branch: 'main' }
  const run = { id: 4711, run_attempt: 1, name: 'ci', status: 'completed', conclusion: 'success' }
  // GitHub's own are that long, mostly addresses.
  const urls = Array.from(
    { length: 60 },
    (_, index) => `https://api.example.invalid/repos/acme/elsewhere/part-${index}/of/a/run`,
  )
  return JSON.stringify({
    action: 'completed',
    workflow_run: { ...run, urls },
    repository,
    installation: { id: 1 },
  })
}

/** Sends signed deliveries to `slipway serve` on SQLite, each with a GUID of its own, for so long. */
export async function measureWebhooks(data: string, durationMs: number): Promise<WebhookFigures> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const app = {
    APP_ID: '1',
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: secret,
    // Nobody listens there; nothing is asked for a repository that is no canary.
    GITHUB_API_URL: 'http://127.0.0.1:9',
  }
  const server = await startSlipway(data, app)
  try {
    const body = deliveryBody()
    const begin = performance.now()
    const result = await runLoad({
      port: server.port,
      paths: ['/api/github/webhooks'],
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'workflow_run',
        'x-github-delivery': `guid-${Date.now()}-{n}`,
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
      body,
      connections,
      warmupMs: durationMs / 4,
      durationMs,
    })
    if (result.refused > 0) throw new Error(`${result.refused} deliveries were refused`)
    while ((await pendingAt(server.port)) > 0) await sleep(20)
    const seconds = (performance.now() - begin) / 1000
    return {
      acceptedPerSecond: result.perSecond,
      p99Ms: result.p99Ms,
      deliveries: result.allResponses,
      handledPerSecond: result.allResponses / seconds,
      bytes: Buffer.byteLength(body),
    }
  } finally {
    await server.stop()
  }
}

async function pendingAt(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^slipway_inbox_pending (\d+)$/m.exec(text)?.[1])
}
