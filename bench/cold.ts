import { mkdtemp, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChild } from './children.ts'
import { median } from './median.ts'
import { startBare, startVerdaccio } from './reference-servers.ts'
import { samples } from './sample-packages.ts'
import { startSlipway } from './slipway-server.ts'

/** The 21 MB packument, asked for by the first client of a server that has it from another registry. */
export interface ColdFigures {
  readonly slipwayMs: number
  /** Null where Verdaccio is not installed. */
  readonly verdaccioMs: number | null
  /** The median of the rounds' own ratios, Slipway's time over Verdaccio's. */
  readonly ofVerdaccio: number | null
  /** Longest that another client waited for its answer meanwhile, medians of the rounds. */
  readonly othersWaitMs: number
  readonly othersWaitVerdaccioMs: number | null
}

interface Read {
  readonly ms: number
  readonly othersWaitMs: number
}

/** Both in front of the same registry, one after the other, each time a new process with nothing kept. */
export async function measureCold(data: string, folder: string, rounds: number): Promise<ColdFigures> {
  const name = samples.large.id.slice('npm:'.length)
  const upstream = await startBare([await largeDocument(data, name)])
  const url = `http://127.0.0.1:${upstream.port}`
  const [ours, theirs]: [Read[], Read[]] = [[], []]
  try {
    for (let round = 0; round < rounds; round += 1) {
      const place = await mkdtemp(join(folder, 'cold-'))
      const settings = join(place, 'slipway.server.yml')
      await writeFile(settings, `upstreams: { npm: { url: "${url}" } }\n`)
      const slipway = await startSlipway(place, { SLIPWAY_CONFIG: settings })
      ours.push(await readOnce(slipway, `/npm/${name}`, '/npm/-/ping'))
      const verdaccio = await startVerdaccio(await mkdtemp(join(folder, 'cold-')), [], url)
      if (verdaccio !== null) theirs.push(await readOnce(verdaccio, `/${name}`, '/-/ping'))
    }
  } finally {
    await upstream.stop()
  }
  const has = theirs.length > 0
  return {
    slipwayMs: median(ours.map(({ ms }) => ms)),
    verdaccioMs: has ? median(theirs.map(({ ms }) => ms)) : null,
    ofVerdaccio: has ? median(ours.map(({ ms }, round) => ms / (theirs[round]?.ms ?? ms))) : null,
    othersWaitMs: median(ours.map(({ othersWaitMs }) => othersWaitMs)),
    othersWaitVerdaccioMs: has ? median(theirs.map(({ othersWaitMs }) => othersWaitMs)) : null,
  }
}

/** The document as a registry sends it. */
async function largeDocument(data: string, name: string) {
  const server = await startSlipway(data)
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/channel/stable/npm/${name}`)
    const body = Buffer.from(await response.arrayBuffer()).toString('base64')
    return { path: `/${name}`, headers: { 'content-type': 'application/json' }, body }
  } finally {
    await server.stop()
  }
}

/** ms until the whole document is there, as npm asks for it, and how long a second client waited for anything. */
async function readOnce(server: ServerChild, path: string, ping: string): Promise<Read> {
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip' }
  await timeOf(server.port, ping, {})
  let done = false
  let othersWaitMs = 0
  const others = async () => {
    while (!done) {
      othersWaitMs = Math.max(othersWaitMs, await timeOf(server.port, ping, {}))
      await sleep(5)
    }
  }
  try {
    const waiting = others()
    const ms = await timeOf(server.port, path, headers)
    done = true
    await waiting
    return { ms, othersWaitMs }
  } finally {
    done = true
    await server.stop()
  }
}

function timeOf(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${path}: ${response.statusCode}`))
      response.resume().on('end', () => resolve(performance.now() - begin))
    }).on('error', reject)
  })
}
