import { z } from 'zod'

/** The document that `npm publish` and `npm deprecate` put. */
export const npmPutDocument = z.looseObject({
  name: z.string(),
  'dist-tags': z.record(z.string(), z.string()).optional(),
  versions: z.record(
    z.string(),
    z.looseObject({
      name: z.string(),
      version: z.string(),
      dist: z.looseObject({ integrity: z.string().optional(), shasum: z.string().optional() }).optional(),
      deprecated: z.union([z.string(), z.boolean()]).optional(),
    }),
  ),
  _attachments: z
    .record(z.string(), z.looseObject({ data: z.string(), length: z.number().optional() }))
    .optional(),
})

export type NpmPutDocument = z.infer<typeof npmPutDocument>
