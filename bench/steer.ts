import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChild } from './children.ts'
import { samples } from './sample-packages.ts'
import { startSlipway } from './slipway-server.ts'

/** How soon a rollback is seen. */
export interface RollbackFigures {
  readonly rollbacks: number
  /** From sending the rollback to the end of the first answer that shows it. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const token = 'operator-of-the-bench'
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
const install = { accept: 'application/vnd.npm.install-v1+json' }

/** `slipway serve` with an operator's token. */
export const startSteered = (data: string) => startSlipway(data, { SLIPWAY_ADMIN_TOKEN: token })

async function steer(server: ServerChild, release: string, action: string, body: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/rollouts/${release}/${action}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ as: 'bench', reason: 'measuring', ...body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${action} of ${release}: ${response.status} ${text}`)
}

async function latestOf(server: ServerChild, name: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}/channel/candidate/npm/${name}`, {
    headers: install,
  })
  const document = (await response.json()) as { 'dist-tags': { latest: string } }
  return document['dist-tags'].latest
}

/** Rolls packages of a seeded folder back one by one, while one client of each keeps asking. */
export async function measureRollbacks(data: string, count: number): Promise<RollbackFigures> {
  const server = await startSteered(data)
  try {
    const times: number[] = []
    for (let index = 0; index < count; index += 1) {
      const name = `package-${index}`
      const release = `npm:${name}@1.1.0`
      await steer(server, release, 'advance', { to: 50 })
      if ((await latestOf(server, name)) !== '1.1.0') throw new Error(`${name} does not show its candidate`)
      const begin = performance.now()
      const seen = untilShown(server, name, '1.0.0')
      await steer(server, release, 'rollback', {})
      await seen
      times.push(performance.now() - begin)
    }
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { rollbacks: count, p50Ms: at(0.5), p99Ms: at(0.99) }
  } finally {
    await server.stop()
  }
}

async function untilShown(server: ServerChild, name: string, version: string): Promise<void> {
  const limit = performance.now() + 10_000
  while ((await latestOf(server, name)) !== version) {
    if (performance.now() > limit) throw new Error(`${name} still shows its candidate after 10 s`)
    await sleep(1)
  }
}

/** ms until the whole 21 MB packument is there: read for the first time, kept, and right after a change of stage. */
export interface LargeFigures {
  readonly firstMs: number
  readonly keptMs: number
  readonly afterAdvanceMs: number
  readonly afterRollbackMs: number
}

/** Reads the large sample around changes of its rollout. */
export async function measureLarge(data: string): Promise<LargeFigures> {
  const server = await startSteered(data)
  const name = samples.large.id.slice('npm:'.length)
  const release = `${samples.large.id}@${samples.large.candidate}`
  const read = async () => {
    const begin = performance.now()
    const response = await fetch(`http://127.0.0.1:${server.port}/channel/stable/npm/${name}`, {
      headers: { accept: 'application/json' },
    })
    await response.arrayBuffer()
    return performance.now() - begin
  }
  try {
    const firstMs = await read()
    const keptMs = Math.min(await read(), await read())
    await steer(server, release, 'advance', { to: 100 })
    const afterAdvanceMs = await read()
    await steer(server, release, 'rollback', {})
    const afterRollbackMs = await read()
    return { firstMs, keptMs, afterAdvanceMs, afterRollbackMs }
  } finally {
    await server.stop()
  }
}
