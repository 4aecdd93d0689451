import { z } from 'zod'
import { projectKeyPattern } from '../../gates/canaries/project-key.ts'
import { parseDuration } from '../reading/duration.ts'
import { packageName } from '../reading/package-name.ts'
import {
  duration,
  durationOrNever,
  list,
  mapping,
  mappingOr,
  memberPattern,
  oneOf,
  parsed,
  percent,
  refused,
  repositoryRulePattern,
  text,
  wholeNumber,
  yesOrNo,
} from '../reading/setting.ts'
import { bakeEntry, gatesEntry, permission, releaseWindowEntry, type windowEntry } from './gate-entries.ts'
import { needsEntry } from './needs-entry.ts'
import { paceShape } from './pace-schema.ts'
import { seriesEntry, streamsEntry } from './streams-schema.ts'

const simpleName = (what: string) =>
  text(`${what}: letters, digits, dots, dashes and underscores`, /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)

const stage = mapping({
  name: text('a name of 1 to 40 characters on one line', /^[^\s].{0,39}$/).optional(),
  percent: percent().describe('Share of users that see the candidate, 0 to 100 with at most two decimals.'),
  bake: bakeEntry,
  groups: list(simpleName('a group name'), 'group names')
    .optional()
    .describe('Groups that see the candidate from this stage on.'),
  gates: gatesEntry.optional(),
})

const freezeExpected = 'a count and a duration such as "3 in 7d", or never'

/** `3 in 7d`: how many rollbacks in which time; null for `never`. */
const freezeAfter = parsed<{ readonly count: number; readonly windowMs: number } | null>(
  (value) => {
    if (value === 'never') return { ok: true, value: null }
    const match = typeof value === 'string' ? /^\s*([1-9]\d{0,3}) in (.+)$/.exec(value) : null
    const window = parseDuration(match?.[2] ?? '')
    if (match === null || !window.ok || window.value === 0) return refused(value, freezeExpected)
    return { ok: true, value: { count: Number(match[1]), windowMs: window.value } }
  },
  { type: 'string', pattern: '^(never|\\s*[1-9]\\d{0,3} in .+)$', examples: ['3 in 7d', 'never'] },
)

const admission = mapping({
  repo: text('a repository as owner/name, or owner/* for all of an owner', repositoryRulePattern).optional(),
  key: text('a project of another CI that the server knows, such as gitlab:1234', projectKeyPattern)
    .optional()
    .describe('Instead of repo: a project of another CI, by the name of its issuer and what names it there.'),
  required: yesOrNo().optional().describe('Its regression stops the rollout. Default false: advisory.'),
  weight: wholeNumber(1, 1000).optional(),
})

const member = text('owner/name or a cohort key of letters, digits and . _ ~ -', memberPattern)

export const profileNames = ['rapid', 'standard', 'cautious', 'gate'] as const

/** Profiles that have percents. */
export const ladderNames = ['rapid', 'standard', 'cautious'] as const

/** The ladder of security fixes; used for a policy and for an `adopt` rule. */
export const urgentEntry = mapping({
  profile: oneOf(ladderNames).optional().describe('Percent and bake of its stages. Default rapid.'),
  by: permission().optional().describe('Who must approve before it leaves 0 percent. Default: nobody.'),
})

/** A name of a Git tag with one `{version}` in it. */
const tagPattern = /^(?=.{1,200}$)[^\s~^:?*[\\{}]*\{version\}[^\s~^:?*[\\{}]*$/

const byChange = {
  major: oneOf(profileNames).optional(),
  minor: oneOf(profileNames).optional(),
  patch: oneOf(profileNames).optional(),
}

/** What a policy may say; shared by the file's release entries and by `policy` in a request. */
const policyShape = {
  train: simpleName('a train name').optional().describe('Packages of one train roll out together.'),
  profile: mappingOr(byChange, oneOf(profileNames))
    .optional()
    .describe('A ready ladder instead of stages, or one for each kind of change. Default standard.'),
  stages: list(stage, 'stages such as { percent: 5, bake: 24h }')
    .optional()
    .describe('The ladder: percent rises from 0 to 100.'),
  ...paceShape,
  gates: gatesEntry.optional(),
  canaries: list(admission, 'repositories such as { repo: acme/app, required: true }')
    .optional()
    .describe('Dependents that count; the first matching rule wins.'),
  urgent: urgentEntry
    .optional()
    .describe('The ladder for a release that fixes an advisory its baseline has. The gates stay.'),
  window: releaseWindowEntry.optional(),
  rollback: mapping({ automatic: yesOrNo().optional(), freezeAfter: freezeAfter.optional() }).optional(),
  groups: z
    .record(simpleName('a group name'), list(member, 'repositories and cohort keys'), {
      error: 'a mapping of group names to lists of repositories and cohort keys',
    })
    .optional(),
  tags: list(text('a tag with {version} in it, such as demo-lib-v{version}', tagPattern), 'tags')
    .optional()
    .describe('How this repository tags the package. The usual forms are known.'),
  abandonAfter: durationOrNever(1000)
    .optional()
    .describe('Without progress for this long the rollout is abandoned. Default: never by time.'),
  notify: mapping({
    pullRequests: yesOrNo().optional(),
    trackingIssue: yesOrNo().optional(),
    dependents: yesOrNo().optional(),
  }).optional(),
}

/** `policy` of `POST /api/v1/rollouts`: a release entry without its package. */
export const policyRequestSchema = mapping(policyShape)

export const releaseEntrySchema = mapping({
  package: packageName(),
  ...policyShape,
  streams: streamsEntry.optional(),
  series: seriesEntry.optional().describe("Where the package's timeline begins."),
})

const offer = mapping({
  for: packageName(),
  mode: oneOf(['dispatch', 'pull', 'observe']).optional(),
  workflow: text('the file name of a workflow, such as ci.yml', /^[A-Za-z0-9._-]+\.ya?ml$/).optional(),
  ref: text('a branch or tag name', /^(?!.*\.\.)[^\s~^:?*[\\-][^\s~^:?*[\\]{0,199}$/)
    .optional()
    .describe('Branch or tag to run on. Default: the default branch.'),
  timeout: duration(1000).optional(),
  runsPerMonth: wholeNumber(0, 100_000).optional().describe('The most runs in a calendar month.'),
})

/** The whole of `.github/slipway.yml` (docs/configuration.md). */
export const slipwayFileSchema = mapping({
  releases: list(releaseEntrySchema, 'releases, each with a package').optional(),
  canaries: list(offer, 'offers, each with for: and a workflow').optional(),
  needs: needsEntry
    .optional()
    .describe('What deployments to environments with the rule of the App wait for (docs/github.md).'),
  notices: yesOrNo()
    .optional()
    .describe('An issue here when a release that this repository had on is taken back. Default true.'),
})

export type SlipwayFile = z.output<typeof slipwayFileSchema>
export type ReleaseEntry = z.output<typeof releaseEntrySchema>
export type PolicyRequest = z.output<typeof policyRequestSchema>
export type UrgentEntry = z.output<typeof urgentEntry>
export type StageEntry = z.output<typeof stage>
export type GatesEntry = z.output<typeof gatesEntry>
export type WindowEntry = z.output<typeof windowEntry>
export type BakeEntry = z.output<typeof bakeEntry>
export type OfferEntry = z.output<typeof offer>
