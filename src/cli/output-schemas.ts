import { z } from 'zod'
import { auditLogSchema, createdTokenSchema, tokenSchema } from '../registries/slipway-index/access-client.ts'
import { rolloutPageSchema } from '../registries/slipway-index/list-client.ts'
import { rolloutDocumentSchema } from '../registries/slipway-index/rollout-document.ts'

const problem = z.looseObject({ field: z.string(), value: z.string(), expected: z.string() })
const check = z.object({
  file: z.string(),
  ok: z.boolean(),
  problems: z.array(problem),
  warnings: z.array(problem),
})
const document = z.looseObject({})
const finding = z.object({
  what: z.string(),
  state: z.enum(['ok', 'note', 'wrong']),
  says: z.string(),
})
const outdated = z.object({
  release: z.string(),
  rollout: z.string(),
  percent: z.number(),
  shown: z.boolean().nullable().describe('null where no key was given'),
  until: z.string(),
  take: z.string(),
})
const planned = z.object({
  role: z.enum(['maintainer', 'dependent', 'platform']),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  there: z.array(z.string()).describe('paths that are there already'),
})
const published = z.looseObject({
  releases: z.array(z.string()),
  uploaded: z.array(z.unknown()),
  rollout: rolloutDocumentSchema.nullable(),
})

/** What `--json` prints, by command; what is only passed on from the API says so. */
export const outputSchemas: Readonly<Record<string, z.ZodType>> = {
  rollout: rolloutDocumentSchema.describe('status, start, and every command that steers a rollout'),
  list: rolloutPageSchema,
  watch: rolloutDocumentSchema.describe('one a line, at every change'),
  why: z.union([rolloutDocumentSchema, z.looseObject({ inside: z.boolean(), sentence: z.string() })]),
  publish: published,
  outdated: z.array(outdated),
  doctor: z.array(finding),
  init: planned,
  'check-config': z.union([check, z.array(check)]),
  'token create': createdTokenSchema,
  'token list': z.array(tokenSchema),
  'token revoke': tokenSchema,
  'audit-log': auditLogSchema,
  other: document.describe(
    'package, audit, simulate, calendar, env and serve: what the API or the command says',
  ),
}

/** The schema of everything as one document, for `docs/`. */
export function outputSchemaDocument(): unknown {
  const definitions = Object.entries(outputSchemas).map(([name, schema]) => {
    const { $schema: _, ...definition } = z.toJSONSchema(schema, { io: 'output' })
    return [name, definition]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What slipway prints with --json, by command',
    $defs: Object.fromEntries(definitions),
  }
}
