import { z } from 'zod'
import { calendarSchema } from '../../registries/slipway-index/package-client.ts'

const problem = z.looseObject({ field: z.string(), value: z.string(), expected: z.string() })
const check = z.object({
  file: z.string(),
  ok: z.boolean(),
  problems: z.array(problem),
  warnings: z.array(problem),
})

const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable()
const contestant = z.object({
  name: z.string(),
  medianToAllMs: estimate,
  p90ToAllMs: estimate,
  goodStopped: estimate,
  badExposed: estimate,
  badExposedAtTakeBack: estimate,
  badBroken: estimate,
  badThrough: estimate,
  badStoppedByEvidence: estimate,
  actions: estimate,
  badCurve: z.array(z.number()),
})
const summary = z.object({
  releases: z.number(),
  seed: z.number(),
  bad: z.number(),
  assumptions: z.record(z.string(), z.number()),
  intervals: z.string(),
  curveHours: z.array(z.number()),
  contestants: z.array(contestant),
})
const tried = z.object({ value: z.number(), figures: contestant })
const sensitivity = z
  .object({
    releases: z.number(),
    seed: z.number(),
    standard: contestant,
    rows: z.array(z.object({ flag: z.string(), given: z.number(), low: tried, high: tried })),
  })
  .describe('with --sensitivity')

const supported = z
  .object({
    package: z.string(),
    on: z.string(),
    months: z.number().nullable(),
    supported: z.array(z.object({ series: z.string(), released: z.string(), newest: z.string() })),
  })
  .describe('with --supported-on')
const planned = z.array(
  z.object({ date: z.string(), version: z.string(), stream: z.string(), notes: z.array(z.string()) }),
)

/** What commands print with `--json` that need no server. */
export const planningSchemas = {
  init: z.object({
    role: z.enum(['maintainer', 'dependent', 'platform']),
    files: z.array(z.object({ path: z.string(), text: z.string() })),
    there: z.array(z.string()).describe('paths that are there already'),
  }),
  'check-config': z.union([check, z.array(check)]),
  simulate: z.union([summary, sensitivity]),
  calendar: z.union([planned, supported, calendarSchema.describe('with --server')]),
  compare: z.object({
    v: z.literal(1),
    from: z.string(),
    to: z.string(),
    change: z.enum(['major', 'minor', 'patch']),
    files: z.array(z.array(z.string())),
    findings: z.array(
      z.object({
        code: z.string(),
        level: z.enum(['stop', 'ask', 'say']),
        what: z.array(z.string()),
        more: z.number(),
        sentence: z.string(),
        usedBy: z.array(z.object({ release: z.string(), where: z.string() })),
        dismissed: z.looseObject({ reason: z.string() }).nullable(),
      }),
    ),
    unread: z.array(z.object({ file: z.string(), why: z.string() })),
  }),
} as const
