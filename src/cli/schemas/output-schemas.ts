import { z } from 'zod'
import {
  auditLogSchema,
  createdTokenSchema,
  tokenSchema,
} from '../../registries/slipway-index/access-client.ts'
import { auditReportSchema } from '../../registries/slipway-index/audit-client.ts'
import { rolloutPageSchema } from '../../registries/slipway-index/list-client.ts'
import { dependentsSchema } from '../../registries/slipway-index/package-client.ts'
import { rolloutDocumentSchema } from '../../registries/slipway-index/rollout-document.ts'
import { verifyReportSchema } from '../../registries/slipway-index/verify-client.ts'
import { envSchemas } from './env-schemas.ts'
import { packageSchemas } from './package-schemas.ts'
import { planningSchemas } from './planning-schemas.ts'

const finding = z.object({ what: z.string(), state: z.enum(['ok', 'note', 'wrong']), says: z.string() })
const outdated = z.object({
  release: z.string(),
  rollout: z.string(),
  percent: z.number(),
  shown: z.boolean().nullable().describe('null where no key was given'),
  until: z.string(),
  take: z.string(),
})
const led = z.object({
  server: z.string(),
  key: z.string().nullable().describe('null for a job or shell that proves no project'),
  variables: z.record(z.string(), z.string()),
})
const told = z
  .object({
    outcome: z.enum(['success', 'failure', 'cancelled']),
    packages: z.array(z.string()),
    installed: z.array(z.string()),
    recorded: z.number().describe('how many rollouts it counts for'),
  })
  .describe('with --outcome')
const published = z.object({
  releases: z.array(z.string()),
  uploaded: z.array(z.looseObject({})),
  rollout: rolloutDocumentSchema.nullable(),
})
const root = z.object({ size: z.number(), root: z.string() })
const restored = z.object({ blobs: z.number(), events: z.number(), at: z.number(), lost: z.number() })

/** Commands that answer with the rollout they were about. */
const aboutRollout = [
  ...['status', 'start', 'stop', 'lower', 'approve', 'advance', 'pause', 'resume', 'rollback', 'waive'],
  ...['retry', 'hold', 'urgent', 'catch-up', 'dismiss', 'restart', 'abandon', 'block', 'unblock'],
].map((command) => [command, rolloutDocumentSchema] as const)

/** What `--json` prints, by command. A field that is not described may be added, none is taken away. */
export const outputSchemas: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(aboutRollout),
  list: rolloutPageSchema,
  watch: rolloutDocumentSchema.describe('one a line, at every change'),
  why: z.union([rolloutDocumentSchema, z.looseObject({ inside: z.boolean(), sentence: z.string() })]),
  publish: published,
  dependents: dependentsSchema,
  outdated: z.array(outdated),
  setup: z.union([led, told]),
  doctor: z.array(finding),
  serve: z.object({ url: z.string() }).describe('one line, once it answers'),
  'token create': createdTokenSchema,
  'token list': z.array(tokenSchema),
  'token revoke': tokenSchema,
  'audit-log': auditLogSchema,
  audit: auditReportSchema,
  backup: z.object({
    folder: z.string(),
    blobs: z.number(),
    events: z.number(),
    damaged: z.array(z.string()),
  }),
  restore: z.union([restored, z.object({ before: root, after: root, note: z.string() })]),
  verify: verifyReportSchema,
  ...packageSchemas,
  ...planningSchemas,
  ...envSchemas,
}

/** The schema of everything as one document, for `docs/`: each shape once, commands that share one refer to it. */
export function outputSchemaDocument(): unknown {
  const first = new Map<z.ZodType, string>()
  const definitions = Object.entries(outputSchemas).map(([name, schema]) => {
    const same = first.get(schema)
    if (same !== undefined) return [name, { $ref: `#/$defs/${same}` }]
    first.set(schema, name)
    const { $schema: _, ...definition } = z.toJSONSchema(schema, { io: 'output' })
    return [name, definition]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What slipway prints with --json, by command',
    $defs: Object.fromEntries(definitions),
  }
}
