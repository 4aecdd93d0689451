/**
 * Replays real packages through `adopt` rules and writes what came of it into docs/policy.md. No network: the times
 * stand in test/fixtures/timelines. `test/upstream/timelines/replay-timeline.test.ts` holds it to the same text.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { replayTable } from '../test/upstream/timelines/replay-table.ts'
import { fillPlaces } from './policy-figures.ts'

const textFile = new URL('../docs/policy.md', import.meta.url)
const table = await replayTable()
writeFileSync(textFile, fillPlaces(readFileSync(textFile, 'utf8'), { adopted: table }))
