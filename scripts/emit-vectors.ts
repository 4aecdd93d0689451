/** Writes docs/cohort-vectors.json: what other implementations of the bucket have to give. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cohortVectors } from '../src/cohort/cohort-vectors.ts'

const place = new URL('../docs/cohort-vectors.json', import.meta.url)
const vectors = cohortVectors((text) => createHash('sha256').update(text).digest())
writeFileSync(place, `${JSON.stringify(vectors, null, 2)}\n`)
