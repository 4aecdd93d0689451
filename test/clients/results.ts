/** What clients were seen to get when somebody last recorded it; docs/clients.md is made from these. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The tables that a client has a column or cells in. */
export const matrices = ['npm', 'pypi', 'resolvers', 'publishers'] as const
export type Matrix = (typeof matrices)[number]

export interface Result {
  readonly client: string
  readonly matrix: Matrix
  /** Rollout and view, then the way to ask, to the version. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Situation, to what the client got or did in it. */
  readonly changes: Readonly<Record<string, string>>
}

const folder = fileURLToPath(new URL('results/', import.meta.url))
const isRecording = process.env.CLIENTS_RECORD === '1'

/** All that is recorded, by the names of the files. */
export function allResults(): readonly Result[] {
  const files = matrices.flatMap((matrix) =>
    readdirSync(`${folder}${matrix}`)
      .sort()
      .map((file) => `${folder}${matrix}/${file}`),
  )
  return files.map((file): Result => JSON.parse(readFileSync(file, 'utf8')))
}

/** What is recorded of a client; with nothing recorded yet, or while recording, an empty one. */
export function resultOf(client: string, matrix: Matrix): Result {
  const path = pathOf({ client, matrix })
  const empty = { client, matrix, cells: {}, changes: {} }
  if (isRecording) return empty
  if (!existsSync(path)) throw new Error(`nothing is recorded of ${client}; CLIENTS_RECORD=1 records it`)
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Keeps what was seen where results are recorded anew; then the result is what was seen. */
export function keepResult(expected: Result, seen: Pick<Result, 'cells' | 'changes'>): Result {
  if (!isRecording) return expected
  const { client, matrix } = expected
  const result = { client, matrix, cells: seen.cells, changes: seen.changes }
  writeFileSync(pathOf({ client, matrix }), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

function pathOf({ client, matrix }: Pick<Result, 'client' | 'matrix'>): string {
  return `${folder}${matrix}/${client
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '')}.json`
}
