/**
 * Compares pairs of archives of about 40 MB as the server does, and says what it cost: seconds and the memory that came
 * on top of a process that does nothing else; then, on `slipway serve`, how much longer readers wait meanwhile.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeProgram, outputOf, runLoad, type ServerChild } from '../children.ts'
import { median } from '../median.ts'
import { buildSlipway, startSlipway } from '../slipway-server.ts'
import { largeKinds, writeLarge } from './large-archives.ts'
import type { CostOfPair, PairToCompare } from './large-pair-child.ts'

const mebibyte = 1024 * 1024
const token = 'measured'

/** Prints a line for each kind of pair and one for readers; `runs` of each, the median counts. */
export async function measureLargePairs(runs = 3): Promise<void> {
  const top = mkdtempSync(join(tmpdir(), 'slipway-large-'))
  try {
    let first: string | null = null
    for (const kind of largeKinds) {
      const folder = mkdtempSync(join(top, 'pair-'))
      const names = [
        await writeLarge(kind, '1.0.0', folder),
        await writeLarge(kind, '1.1.0', folder),
      ] as const
      first ??= folder
      const plan: PairToCompare = { ecosystem: kind.ecosystem, folder, names }
      const costs: CostOfPair[] = []
      for (let run = 0; run < runs; run += 1)
        costs.push(
          JSON.parse(await outputOf(nodeProgram('evidence/large-pair-child.ts'), JSON.stringify(plan))),
        )
      const packed = statSync(join(folder, names[1])).size / mebibyte
      const of = (key: 'seconds' | 'megabytes') => median(costs.map((cost) => cost[key]))
      process.stdout.write(
        `${kind.name}, ${packed.toFixed(0)} MB each: ${of('seconds').toFixed(1)} s, ${of('megabytes').toFixed(0)} MB more (${costs.map(({ megabytes }) => megabytes.toFixed(0)).join(', ')}); ${costs[0]?.said ?? ''}\n`,
      )
      if (folder !== first) rmSync(folder, { recursive: true, force: true })
    }
    if (first !== null) await measureReaders(first, join(top, 'data'), runs)
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

/** Uploads the pair to a server, and asks for comparisons while one reader asks for a page again and again. */
async function measureReaders(folder: string, data: string, runs: number): Promise<void> {
  await buildSlipway()
  mkdirSync(data)
  const start = () => startSlipway(data, { SLIPWAY_ADMIN_TOKEN: token })
  const uploading = await start()
  for (const version of ['1.0.0', '1.1.0']) await upload(uploading, folder, version)
  await sleep(15_000)
  await uploading.stop()
  const lines: { before: number; during: number; more: number }[] = []
  for (let run = 0; run < runs; run += 1) {
    const server = await start()
    const load = () =>
      runLoad({ port: server.port, paths: ['/pypi/simple/large/'], connections: 1, durationMs: 3000 })
    try {
      const before = await load()
      const idle = await server.memoryMegabytes()
      let most = idle
      const watch = setInterval(async () => {
        most = Math.max(most, await server.memoryMegabytes().catch(() => 0))
      }, 20)
      const compared = ask(server, '/api/v1/compare?from=pypi:large@1.0.0&to=pypi:large@1.1.0')
      const during = await load()
      await compared
      clearInterval(watch)
      lines.push({ before: before.p99Ms, during: during.p99Ms, more: most - idle })
    } finally {
      await server.stop()
    }
  }
  const of = (key: 'before' | 'during' | 'more') => median(lines.map((line) => line[key]))
  process.stdout.write(
    `slipway serve with the first pair: ${of('more').toFixed(0)} MB more; a reader waits ${of('during').toFixed(2)} ms at p99, ${of('before').toFixed(2)} ms without (${(of('during') / of('before')).toFixed(2)} times; ${lines.map(({ before, during }) => (during / before).toFixed(2)).join(', ')})\n`,
  )
}

async function upload(server: ServerChild, folder: string, version: string): Promise<void> {
  const name = `large-${version}-py3-none-any.whl`
  const form = new FormData()
  const fields = { ':action': 'file_upload', protocol_version: '1', metadata_version: '2.1', name: 'large' }
  const bytes = readFileSync(join(folder, name))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const file = { version, filetype: 'bdist_wheel', pyversion: 'py3', sha256_digest: sha256 }
  for (const [key, value] of Object.entries({ ...fields, ...file })) form.append(key, value)
  form.append('content', new Blob([bytes]), name)
  const answer = await fetch(`http://127.0.0.1:${server.port}/pypi/legacy/`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`__token__:${token}`)}` },
    body: form,
  })
  if (!answer.ok) throw new Error(`upload of ${version}: ${answer.status} ${await answer.text()}`)
}

async function ask(server: ServerChild, path: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
}
