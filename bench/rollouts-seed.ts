/**
 * Writes packages with a candidate at stage 0 each into a data folder: `rollouts-seed.ts FOLDER COUNT`. They are
 * made in memory and copied in few transactions: one flush for each step of each rollout would take minutes.
 */
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { createEngine } from '../src/engine/core/create-engine.ts'
import { openMemory } from '../src/stores/memory/open-memory.ts'
import { openSqlite } from '../src/stores/sql/open-sqlite.ts'
import { systemClock } from '../src/stores/system-clock.ts'
import { engineParts, release } from './host-samples.ts'
import { samplePackage, samples } from './sample-packages.ts'

const streamsPerAppend = 500
const [, , folder = '', count = '0'] = process.argv

const memory = openMemory(systemClock)
const engine = await createEngine(engineParts(memory))
const ids = Array.from({ length: Number(count) }, (_, index) => `npm:package-${index}`)
for (const id of ids) {
  const sample = { ...samples.small, id }
  await memory.packages.put(samplePackage(sample, systemClock.now()), 0)
  await release(memory, engine, sample, sample.baseline)
  await release(memory, engine, sample, sample.candidate)
}
await engine.close()

const target = await openSqlite(folder)
const all = await memory.events.readAll(0, Number.MAX_SAFE_INTEGER)
const appends = [...Map.groupBy(all, ({ stream }) => stream)].map(([stream, stored]) => ({
  stream,
  expectedVersion: 0,
  events: stored.flatMap(({ event }) => event ?? []),
}))
for (let start = 0; start < appends.length; start += streamsPerAppend) {
  const streams = appends.slice(start, start + streamsPerAppend)
  const outcome = await target.events.append({ streams, claims: [] })
  if (!outcome.ok) throw new Error('the seed was refused')
}
await target.close()

const database = new BetterSqlite(join(folder, 'slipway.sqlite'))
const insert = database.prepare('insert into packages (id, ecosystem, revision, body) values (?, ?, ?, ?)')
const records = await Promise.all(ids.map((id) => memory.packages.get(id)))
database.transaction(() => {
  for (const record of records) {
    if (record !== null) insert.run(record.id, 'npm', record.revision, JSON.stringify(record))
  }
})()
database.close()
