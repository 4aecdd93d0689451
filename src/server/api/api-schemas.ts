import { z } from 'zod'

const reason = z.string('a text').max(2000, 'a text of at most 2000 characters').default('')
const person = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/, 'a login')
  .max(39, 'a login')
  .nullable()

/** `POST /api/v1/rollouts`. */
export const startBody = z.strictObject({
  releases: z
    .array(z.string('a release id'), 'a list of release ids')
    .min(1, 'at least one release id')
    .max(100, 'at most 100 release ids'),
  policy: z.unknown().optional(),
  reason,
  restart: z.boolean('true or false').default(false),
  sameUsers: z.boolean('true or false').default(false),
  as: person.default(null),
  /** Findings that are answered before they are found: a code, or `code: what`. */
  meant: z
    .array(
      z.string('a finding such as name-removed: oldThing').max(500, 'at most 500 characters'),
      'a list of findings',
    )
    .max(100, 'at most 100 findings')
    .default([]),
  origin: z
    .strictObject({
      repositoryId: z.string('a repository id as text'),
      repository: z.string('owner/name'),
      commit: z.string('a commit').nullable().default(null),
      tag: z.string('a tag').nullable().default(null),
    })
    .nullable()
    .default(null),
})

/** `POST /api/v1/rollouts/<id>/<action>`. */
export const actionBody = z.strictObject({
  reason,
  to: z
    .number('the percent of a stage')
    .min(0, 'the percent of a stage')
    .max(100, 'the percent of a stage')
    .optional(),
  as: person.default(null),
  canary: z.string('the id of a canary').optional(),
  code: z.string('the code of a finding').max(500, 'the code of a finding').optional(),
  bisect: z.boolean('true or false').optional(),
  duration: z.string('a duration such as 30m or 24h').optional(),
  sameUsers: z.boolean('true or false').optional(),
})

const arm = z.strictObject({
  outcome: z.enum(
    ['pass', 'fail', 'infra', 'timed-out', 'cancelled'],
    'pass, fail, infra, timed-out or cancelled',
  ),
  installed: z.array(z.string('a release id')).max(1000, 'at most 1000 release ids').default([]),
  commit: z.string('a commit').max(64, 'a commit').nullable().default(null),
  seconds: z.number('a number').min(0, 'a number from 0').optional(),
  tests: z
    .strictObject({
      total: z.int('a whole number').min(0, 'a whole number from 0'),
      failed: z
        .array(
          z.strictObject({
            name: z.string('a name').max(300, 'at most 300 characters'),
            error: z.string('a line').max(2000, 'at most 2000 characters').optional(),
          }),
          'a list of tests',
        )
        .max(1000, 'at most 1000 tests'),
      truncated: z.boolean('true or false').default(false),
    })
    .optional(),
  detail: z.string('a text').max(8000, 'at most 8000 characters').default(''),
})

/** `POST /api/v1/rollouts/<id>/results`: what a canary's run found on the arms of its legs. */
export const resultsBody = z.strictObject({
  v: z.literal(2, '2').optional(),
  rollout: z.string('a rollout id').optional(),
  source: z.enum(['canary', 'report-only'], 'canary or report-only; nobody else may report here').optional(),
  /** What the token of the run says counts. */
  run: z.object({ id: z.int('a run'), attempt: z.int('an attempt') }).optional(),
  try: z.int('a whole number').min(1, 'a whole number from 1'),
  nonce: z.string('the nonce as it was given').min(1, 'the nonce as it was given').max(128, 'the nonce'),
  of: z.int('a whole number').min(1, 'a whole number from 1').max(256, 'at most 256 legs').optional(),
  legs: z
    .array(
      z.strictObject({
        leg: z.string('a name').min(1, 'a name').max(200, 'a name of at most 200 characters'),
        of: z.int('a whole number').min(1, 'a whole number from 1').max(256, 'at most 256 legs').optional(),
        subject: z.string('a release id').max(500, 'a release id').optional(),
        order: z.enum(['baseline-first', 'candidate-first'], 'baseline-first or candidate-first').optional(),
        arms: z.strictObject({ candidate: arm.optional(), baseline: arm.optional() }),
        notExercised: z
          .strictObject({
            why: z.enum(
              ['locked', 'capped', 'no-dependency', 'resolver', 'cool-down'],
              'locked, capped, no-dependency, resolver or cool-down',
            ),
            by: z.string('a name').max(500, 'at most 500 characters').optional(),
            says: z.string('a text').max(2000, 'at most 2000 characters').optional(),
          })
          .nullable()
          .optional(),
      }),
      'a list of legs',
    )
    .min(1, 'at least one leg')
    .max(256, 'at most 256 legs'),
})

/** `POST /api/v1/rollouts/<id>/machines`. */
export const machineBody = z.strictObject({
  key: z.string('a cohort key'),
  /** `trying`: whether it may take the candidate up. */
  outcome: z.enum(['trying', 'success', 'failure'], 'trying, success or failure'),
  ring: z.string('the name of a group').max(64, 'at most 64 characters').nullable().default(null),
  failures: z.int('a whole number').min(0, 'at least 0').default(0),
})

/** `POST /api/v1/canaries`: the packages that a dependent offers to test. */
export const checkInBody = z.strictObject({
  for: z
    .array(z.string('a package id such as pypi:demo-lib'), 'a list of package ids')
    .min(1, 'at least one package id')
    .max(100, 'at most 100 package ids'),
})

/** `/api/v1/why`. */
export const whyBody = z.strictObject({
  rollout: z.string('a rollout id or release id'),
  /** Absent: that of whoever asks. */
  key: z.string('a cohort key').optional(),
  /** The group that a machine of a fleet names as its own. */
  ring: z.string('the name of a group').max(64, 'at most 64 characters').optional(),
})

/** `PUT /api/v1/packages/<ecosystem>/<name>/owner`. */
export const ownerBody = z.strictObject({
  /** Without it the server asks GitHub. */
  repositoryId: z
    .string()
    .regex(/^\d{1,20}$/, 'a repository id as digits')
    .optional(),
  repository: z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'owner/name'),
})

/** `PUT /api/v1/packages/<ecosystem>/<name>/shadow`. */
export const shadowBody = z.strictObject({ shadow: z.boolean('true or false') })

/** `PUT /api/v1/packages/<ecosystem>/<name>/publishers`. */
export const publishersBody = z.strictObject({
  publishers: z
    .array(
      z.strictObject({
        repositoryId: z.string().regex(/^\d{1,20}$/, 'a repository id as digits'),
        repositoryOwnerId: z.string().regex(/^\d{1,20}$/, 'an owner id as digits'),
        workflow: z
          .string()
          .regex(/^\.github\/workflows\/[^/]+\.ya?ml$/, 'a path such as .github/workflows/release.yml'),
        environment: z.string('a name').nullable().default(null),
      }),
    )
    .max(50, 'at most 50 publishers'),
})

const version = z.string('a version of the package').min(1, 'a version of the package').max(200, 'a version')
const said = z
  .string('why, in a few words')
  .trim()
  .min(1, 'why, in a few words')
  .max(500, 'at most 500 characters')
  .regex(/^[^\p{Cc}]*$/u, 'one line of text')

/** `PUT /api/v1/packages/<ecosystem>/<name>/status` (PEP 792). */
export const statusBody = z.strictObject({
  status: z.enum(
    ['active', 'archived', 'quarantined', 'deprecated'],
    'active, archived, quarantined or deprecated',
  ),
  reason: said.nullable().default(null),
})

/** `POST /api/v1/packages/<ecosystem>/<name>/yank`. */
export const yankBody = z.strictObject({ version, reason: said })

/** `POST …/unblock`. */
export const unblockBody = z.strictObject({ version, reason: said, as: person.default(null) })

/** `DELETE …/yank` and `DELETE …/label`. */
export const versionBody = z.strictObject({ version })

/** `PUT /api/v1/packages/<ecosystem>/<name>/label`. */
export const labelBody = z.strictObject({
  version,
  label: z.enum(['deprecated', 'unsupported'], 'deprecated or unsupported'),
  reason: said,
})

/** `POST /api/v1/packages/<ecosystem>/<name>/block`. */
export const blockBody = z.strictObject({
  version,
  reason: said,
  as: person.default(null),
  until: z.iso
    .datetime({ offset: true, error: 'a time such as 2027-01-31T12:00:00Z' })
    .transform((text) => Date.parse(text))
    .nullable()
    .default(null),
})

/** `PUT /api/v1/packages/<ecosystem>/<name>/late-files`. */
export const lateFileBody = z.strictObject({
  file: z.string('a file name').min(1, 'a file name').max(500, 'a file name'),
  shown: z.boolean('true or false'),
  reason: said,
})
