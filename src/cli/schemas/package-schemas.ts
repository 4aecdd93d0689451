import { z } from 'zod'
import { packageSchema } from '../../registries/slipway-index/package-client.ts'

const ofRelease = { release: z.string() }
const reason = z.string().nullable()
const blocked = z.object({
  ...ofRelease,
  blocked: reason,
  releases: z.array(z.string()).describe('all that went with it'),
  rollout: z.string().nullable(),
})
const yanked = z.object({ ...ofRelease, yanked: reason })
const labelled = z.object({
  ...ofRelease,
  label: z.object({ kind: z.string(), reason: z.string() }).nullable(),
})

/** What the commands under `package` print with `--json`. */
export const packageSchemas = {
  'package show': packageSchema,
  'package status': z.object({ package: z.string(), status: z.string(), reason }),
  'package owner': z.object({ package: z.string(), repositoryId: z.string(), repository: z.string() }),
  'package publishers': z.object({
    package: z.string(),
    publishers: z.array(
      z.object({
        package: z.string(),
        repositoryId: z.string(),
        repositoryOwnerId: z.string(),
        workflow: z.string(),
        environment: z.string().nullable(),
      }),
    ),
  }),
  'package advisories': z.object({
    package: z.string(),
    advisories: z.array(
      z.looseObject({
        id: z.string(),
        affected: z.string(),
        summary: z.string(),
        url: z.string().nullable(),
      }),
    ),
  }),
  'package yank': yanked,
  'package unyank': yanked,
  'package label': labelled,
  'package unlabel': labelled,
  'package block': blocked,
  'package unblock': blocked,
} as const
