/** Writes docs/slipway.schema.json from the schema that the reader of the file uses. */
import { writeFileSync } from 'node:fs'
import { slipwayFileJsonSchema } from '../src/config/reading/json-schema.ts'

const place = new URL('../docs/slipway.schema.json', import.meta.url)
writeFileSync(place, `${JSON.stringify(slipwayFileJsonSchema(), null, 2)}\n`)
