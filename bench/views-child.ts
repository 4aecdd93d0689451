/** Measures what views of the 21 MB packument take in this process over a data folder; prints MB as JSON. */
import { createEngine } from '../src/engine/core/create-engine.ts'
import { createDocuments } from '../src/server/views/documents.ts'
import { openSqlite } from '../src/stores/sql/open-sqlite.ts'
import { engineParts } from './host-samples.ts'
import { samples } from './sample-packages.ts'

/** Memory in use after a collection, in MB: JavaScript's own heap and the bytes outside of it. */
export interface ViewFigures {
  readonly documentMegabytes: number
  /** The record, the texts that views share and the first view. */
  readonly firstViewMegabytes: number
  readonly secondViewMegabytes: number
}

const stores = await openSqlite(process.argv[2] ?? '')
const engine = await createEngine(engineParts(stores))
const documents = createDocuments({
  engine,
  packages: stores.packages,
  overlay: null,
  anonymousOverlaid: 'stable',
  publicUrl: 'http://127.0.0.1',
  cacheBytes: 2 ** 30,
})

async function grownBy(kind: 'stable' | 'candidate'): Promise<{ grown: number; bytes: number }> {
  const before = inUse()
  const view = { kind } as const
  const document = await documents.read({ id: samples.large.id, form: 'npm-full', view, filePrefix: '' })
  return { bytes: (document?.body.length ?? 0) / 1e6, grown: inUse() - before }
}

function inUse(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

const first = await grownBy('stable')
const second = await grownBy('candidate')
const figures: ViewFigures = {
  documentMegabytes: second.bytes,
  firstViewMegabytes: first.grown,
  secondViewMegabytes: second.grown,
}
process.stdout.write(JSON.stringify(figures))
await engine.close()
await stores.close()
