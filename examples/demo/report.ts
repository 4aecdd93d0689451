import type { Climb, Fall } from './acts.ts'
import type { Course } from './follow-rollout.ts'
import { repositories } from './github-world.ts'
import { say, show } from './say.ts'
import type { Stage } from './stage.ts'

/** Prints tracking issue and pull request comment as a person would read them, without hidden marks. */
export async function tellEnd(stage: Stage, climbed: Climb, fallen: Fall): Promise<void> {
  const { github } = stage.world
  const issues = await github.issues(repositories.maintainer)
  const last = fallen.courses[0]?.release ?? ''
  const issue = issues.findLast((one) => one.title.includes(last)) ?? issues.at(-1)
  if (issue) {
    show(`Issue #${issue.number}: ${issue.title}  [${issue.labels.join(', ')}]`, readable(issue.body))
    for (const comment of issue.comments) show(`Comment by ${comment.login}`, readable(comment.body))
  }
  for (const number of [climbed.pullRequest, fallen.pullRequest])
    for (const comment of await github.comments(repositories.maintainer, number))
      show(`Comment on pull request #${number} by ${comment.login}`, readable(comment.body))
  const counted = [...github.operations()].map(
    ([operation, count]) => `${String(count).padStart(5)}  ${operation}`,
  )
  show('Requests to GitHub, each checked against its schema', counted.join('\n'))
}

const readable = (markdown: string): string => markdown.replace(/<!--[\s\S]*?-->\n?/g, '').trim()

export interface Report {
  readonly seconds: number
  readonly rollbackMilliseconds: number | null
  readonly readyMs: number
  readonly memoryMb: number | null
  readonly phases: Readonly<Record<string, string>>
  readonly shares: readonly {
    readonly release: string
    readonly percent: number
    readonly got: number
    readonly of: number
    readonly clients: number
  }[]
  readonly operations: Readonly<Record<string, number>>
  /** Whatever is not as it should be; empty is success. */
  readonly complaints: readonly string[]
}

/** What was measured, and what should have been otherwise. */
export function reportOf(
  stage: Stage,
  seen: {
    readonly courses: readonly Course[]
    readonly fallen: Fall
    readonly violations: readonly string[]
    readonly startedAt: number
  },
): Report {
  const shares = seen.courses.flatMap((course) =>
    course.shares.map((share) => ({
      release: course.release,
      percent: share.percent,
      got: share.candidate,
      of: share.keys,
      clients: share.clients,
      clientsInTime: share.clientsInTime,
    })),
  )
  return {
    seconds: (Date.now() - seen.startedAt) / 1000,
    rollbackMilliseconds: seen.fallen.rollback?.milliseconds ?? null,
    readyMs: stage.slipway.readyMs,
    memoryMb: stage.slipway.memoryMb(),
    phases: Object.fromEntries(seen.courses.map((course) => [course.release, course.phase])),
    shares,
    operations: Object.fromEntries(stage.world.github.operations()),
    complaints: complaintsOf(stage, seen.courses, seen.fallen, seen.violations),
  }
}

function complaintsOf(
  stage: Stage,
  courses: readonly Course[],
  fallen: Fall,
  violations: readonly string[],
): string[] {
  const survives = stage.options.good || stage.options.blindTest
  const complaints = violations.map((text) => `GitHub schema: ${text}`)
  for (const course of courses) {
    const expected = course.release.endsWith('1.2.0') && !survives ? 'rolled-back' : 'completed'
    if (course.phase !== expected)
      complaints.push(`${course.release} is ${course.phase}, expected ${expected}`)
    const missing = [0, 5, 25, 50, 100].filter(
      (percent) => expected === 'completed' && !course.shares.some((share) => share.percent === percent),
    )
    if (missing.length > 0) complaints.push(`${course.release} was not measured at ${missing.join(', ')} %`)
    for (const share of course.shares) complaints.push(...shareComplaints(course.release, share))
  }
  for (const { asked, got, expected } of fallen.clients)
    if (got !== expected) complaints.push(`${asked} installs ${got}, expected ${expected}`)
  if (!survives && !fallen.rollback) complaints.push('nobody saw the early group lose 1.2.0')
  if (complaints.length === 0) say('everything ended as it should')
  return complaints
}

/** Five standard deviations of a binomial share: a false complaint is a one in a million thing. */
function shareComplaints(release: string, share: Course['shares'][number]): string[] {
  const probability = share.percent / 100
  const tolerance = 5 * Math.sqrt((probability * (1 - probability)) / share.keys)
  const off = Math.abs(share.candidate / share.keys - probability)
  return [
    ...(off > tolerance + 1e-9
      ? [`${release}: ${share.candidate} of ${share.keys} keys at ${share.percent} %`]
      : []),
    ...share.disagreements.map((text) => `${release}: ${text}`),
  ]
}
