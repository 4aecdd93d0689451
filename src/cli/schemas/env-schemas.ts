import { z } from 'zod'

const standing = z.enum(['untested', 'accepted', 'taken-back'])
const texts = z.array(z.string())
const live = { package: z.string(), from: z.string(), live: z.string() }

/** What the commands under `env` print with `--json`. */
export const envSchemas = {
  'env install': z.object({
    root: z.string(),
    installed: z.array(
      z.object({
        package: z.string(),
        version: z.string(),
        path: z.string(),
        interpreter: z.string(),
        extras: texts,
        standing,
        links: texts,
        isNew: z.boolean().describe('false where it was there before'),
      }),
    ),
  }),
  'env run': z.object({
    chosen: z.array(z.looseObject({ package: z.string(), version: z.string() })),
    variables: z.record(z.string(), z.string()),
  }),
  'env promote': z.object(live),
  'env rollback': z.object(live),
  'env test': z.object({ ...live, tested: z.string() }),
  'env list': z.object({
    roots: texts,
    packages: z.array(
      z.object({
        root: z.string(),
        package: z.string(),
        live: z.string(),
        previous: z.string().nullable(),
        versions: z.array(
          z.object({
            version: z.string(),
            standing,
            links: texts,
            path: z.string(),
            commands: texts,
            builds: z.array(
              z.object({
                interpreter: z.string(),
                extras: texts,
                path: z.string(),
                installedAt: z.number(),
                madeWith: z.string().nullable(),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
  'env uninstall': z.object({
    package: z.string(),
    version: z.string(),
    links: texts,
    stillNeededBy: texts,
  }),
  'env prune': z.object({
    dryRun: z.boolean(),
    packages: z.array(z.object({ package: z.string(), gone: texts, kept: texts })),
  }),
  'env follow': z.object({
    package: z.string(),
    key: z.string(),
    ring: z.string().nullable(),
    from: z.string().nullable(),
    live: z.string().nullable(),
    action: z
      .enum(['stay', 'promote', 'step-down', 'wait', 'test-failed', 'taken-back'])
      .describe('wait: another machine goes first, or the candidate failed on one'),
    rollout: z.string().nullable(),
    sentence: z.string(),
    reported: z.enum(['success', 'failure']).nullable(),
  }),
} as const
