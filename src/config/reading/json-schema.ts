import { z } from 'zod'
import { slipwayFileSchema } from '../policy/file-schema.ts'

/**
 * JSON Schema of `.github/slipway.yml`, for editors. It knows keys, types and ranges; the rules that span
 * several settings (the ladder, group names) are checked by `parseSlipwayFile` only.
 */
export function slipwayFileJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(slipwayFileSchema, { io: 'input' })
  return { $schema, title: '.github/slipway.yml', ...schema }
}
