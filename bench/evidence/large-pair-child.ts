/** Compares one pair in a thread of a process that does nothing else, and prints the cost as JSON. Its plan comes on stdin. */
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { compareInThread } from '../../src/contents/hosted/compare-thread.ts'
import type { Ecosystem } from '../../src/versions/version-scheme.ts'

export interface PairToCompare {
  readonly ecosystem: Ecosystem
  readonly folder: string
  readonly names: readonly [before: string, after: string]
}

export interface CostOfPair {
  readonly seconds: number
  /** Resident memory at its most, above what there was before. */
  readonly megabytes: number
  readonly said: string
}

const { ecosystem, folder, names }: PairToCompare = JSON.parse(await text(process.stdin))
const side = (version: string, name: string) => ({
  version,
  files: [{ name, requiresPython: null }],
  archive: { name, path: join(folder, name) },
})
await sleep(300)
const memory = process.memoryUsage.rss()
let most = memory
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 10)
const begun = performance.now()
const [before, after] = [side('1.0.0', names[0]), side('1.1.0', names[1])]
const answer = await compareInThread({ ecosystem, before, after, dependents: [] })
clearInterval(watch)
const cost: CostOfPair = {
  seconds: (performance.now() - begun) / 1000,
  megabytes: (most - memory) / 1024 / 1024,
  said: answer.ok
    ? `${answer.comparison.findings.length} findings, ${answer.comparison.unread.length} notes of what was not read`
    : answer.why,
}
process.stdout.write(JSON.stringify(cost))
