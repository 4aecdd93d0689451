import { z } from 'zod'
import { formatReleaseId, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { parsePercent } from '../reading/percent.ts'
import { parsed, refused } from '../reading/setting.ts'

/** What a deployment waits for: a release visible to at least this share of users, 0..10000 basis points. */
export interface Need {
  readonly release: ReleaseId
  readonly basisPoints: number
}

const needExpected = 'a release and a share of its users, such as "npm:x@1.2.0 >= 50 %"'

const need = parsed<Need>(
  (value) => {
    const match = typeof value === 'string' ? /^\s*(\S+)\s*>=\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(value) : null
    const release = parseReleaseId(match?.[1] ?? '')
    const share = parsePercent(Number(match?.[2] ?? Number.NaN))
    if (match === null || !release.ok || !share.ok || share.value === 0) return refused(value, needExpected)
    return { ok: true, value: { release: formatReleaseId(release.value), basisPoints: share.value } }
  },
  {
    type: 'string',
    pattern: '^\\s*\\S+\\s*>=\\s*\\d+(\\.\\d+)?\\s*%\\s*$',
    examples: ['npm:x@1.2.0 >= 50 %'],
  },
)

/** `needs`: what every deployment that Slipway guards waits for, or what those of each environment wait for. */
export const needsEntry = z.union([need, z.record(z.string().min(1).max(255), need)], {
  error: `${needExpected}, or a mapping of environments to such`,
})

/** What deployments to an environment wait for; null where the file says nothing of it. */
export function needOf(needs: z.output<typeof needsEntry> | undefined, environment: string): Need | null {
  if (needs === undefined) return null
  if (isNeed(needs)) return needs
  return Object.entries(needs).find(([name]) => name === environment)?.[1] ?? null
}

function isNeed(needs: z.output<typeof needsEntry>): needs is Need {
  return typeof needs.release === 'string'
}
