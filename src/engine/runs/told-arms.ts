import type { Arm, ArmResult } from '../../gates/evidence.ts'
import type { ToldByRun } from '../../gates/told-by-run.ts'
import { formatReleaseId, parseReleaseId } from '../../versions/release.ts'
import type { CanaryReport } from './canary-report.ts'

/** An arm as report v2 sends it. */
export interface SentArm extends Pick<ArmResult, 'outcome' | 'installed' | 'commit' | 'detail'> {
  readonly tests?: ToldByRun['tests'] | undefined
  readonly seconds?: number | undefined
}

/** A leg as report v2 sends it. */
export interface SentLeg {
  readonly arms: { readonly [K in Arm]?: SentArm | undefined }
  readonly subject?: string | undefined
  readonly order?: ToldByRun['order'] | undefined
  readonly notExercised?: ToldByRun['notExercised'] | null | undefined
}

/** Each arm with what the run says of it and of its leg. */
export function toldArms({
  arms,
  subject,
  order,
  notExercised,
}: SentLeg): CanaryReport['legs'][number]['arms'] {
  const ofLeg = { ...(subject !== undefined && { subject }), ...(order !== undefined && { order }) }
  const present = ({ tests, seconds, ...reported }: SentArm, more: ToldByRun) => {
    const ofArm = {
      ...(tests !== undefined && { tests: sorted(tests) }),
      ...(seconds !== undefined && { seconds }),
    }
    const told = { ...ofLeg, ...ofArm, ...more }
    const installed = knownReleases(reported.installed)
    return { ...reported, installed, ...(Object.keys(told).length > 0 && { told }) }
  }
  const kept = notExercised == null ? {} : { notExercised }
  return {
    ...(arms.candidate && { candidate: present(arms.candidate, kept) }),
    ...(arms.baseline && { baseline: present(arms.baseline, {}) }),
  }
}

/** In one order, so that the same report says the same. */
function sorted(tests: NonNullable<ToldByRun['tests']>): NonNullable<ToldByRun['tests']> {
  return { ...tests, failed: [...tests.failed].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** Installed releases in normal form; what is no release id cannot prove anything and is left out. */
function knownReleases(installed: readonly string[]): readonly string[] {
  return installed.flatMap((text) => {
    const release = parseReleaseId(text)
    return release.ok ? [formatReleaseId(release.value)] : []
  })
}
