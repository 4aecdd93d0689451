import { z } from 'zod'

const stageSchema = z.looseObject({
  index: z.number(),
  name: z.string(),
  percent: z.number(),
  enteredAt: z.number().nullable(),
  bakeUntil: z.number().nullable(),
})

const verdictSchema = z.looseObject({ gate: z.string(), answer: z.string(), sentence: z.string() })

const canarySchema = z.looseObject({
  label: z.string(),
  admission: z.string(),
  comparison: z.looseObject({ kind: z.string(), sentence: z.string() }),
  tries: z.number(),
  url: z.string().nullable(),
})

const transitionSchema = z.looseObject({
  type: z.string(),
  at: z.number(),
  basisPoints: z.number(),
  reason: z.string(),
  actor: z.looseObject({
    kind: z.string(),
    login: z.string().optional(),
    name: z.string().optional(),
    as: z.string().nullish(),
  }),
  /** The gates that a person went past. */
  overrode: z.array(z.looseObject({ gate: z.string(), answer: z.string() })).optional(),
})

const explanationSchema = z.looseObject({
  /** False where nobody can be in a percent. */
  percents: z.boolean().optional(),
  sentence: z.string(),
  next: z.looseObject({ sentence: z.string(), at: z.number().nullable() }),
  stages: z.array(stageSchema.extend({ state: z.string() })),
  gates: z.array(verdictSchema),
  canaries: z.array(canarySchema),
  others: z.array(z.looseObject({ sentence: z.string() })).optional(),
  notes: z.array(z.string()).optional(),
  history: z.array(transitionSchema).optional(),
  /** What clients would fail for; only where one rollout was asked for. */
  warnings: z.array(z.string()).optional(),
})

/**
 * What `/api/v1/rollouts` answers (docs/protocols.md), as far as clients read it. Fields that a newer
 * server adds are kept, so that `--json` prints the whole answer.
 */
export const rolloutDocumentSchema = z.looseObject({
  id: z.string(),
  releases: z.array(
    z.looseObject({
      id: z.string(),
      purl: z.string(),
      candidate: z.string(),
      baseline: z.string().nullable(),
    }),
  ),
  train: z.string().nullable(),
  stream: z.string().optional(),
  phase: z.string(),
  percent: z.number(),
  stage: stageSchema.nullable(),
  startedAt: z.number().nullable(),
  explanation: explanationSchema,
  /** What was counted beside the stated percent. */
  measured: z
    .looseObject({ share: z.number(), stated: z.number(), requests: z.number(), got: z.number() })
    .nullish(),
  trackingIssue: z.string().nullish(),
  policySource: z.looseObject({ kind: z.string(), detail: z.string() }).nullish(),
  /** Of a command: false when it was so already, and nothing had to happen. */
  changed: z.boolean().optional(),
  startProblem: z.looseObject({ message: z.string(), retryAt: z.number().nullable() }).nullish(),
})

/** One rollout as the API tells it. Times are milliseconds since the epoch, percents 0..100. */
export type RolloutDocument = z.infer<typeof rolloutDocumentSchema>

/** The page people read for this rollout. */
export function rolloutPage(server: string, rollout: RolloutDocument): string {
  return `${server.replace(/\/+$/, '')}/rollouts/${encodeURIComponent(rollout.id)}`
}
