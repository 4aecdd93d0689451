/** Writes `docs/json-output.schema.json`; a test compares it. */
import { writeFileSync } from 'node:fs'
import { outputSchemaDocument } from '../src/cli/schemas/output-schemas.ts'

const file = new URL('../docs/json-output.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(outputSchemaDocument(), null, 2)}\n`)
