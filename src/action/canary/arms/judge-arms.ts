import { stripVTControlCharacters } from 'node:util'
import type { Arm, Outcome } from '../../../gates/evidence.ts'
import type { NotExercised } from '../../../gates/told-by-run.ts'
import type { ReleaseId } from '../../../versions/release.ts'
import type { ToldTests } from '../tests/told-tests.ts'

/** What one arm did, before the two are looked at together. */
export interface ArmRun {
  readonly arm: Arm
  /** Null when installing failed and nothing was tested. */
  readonly test: {
    readonly code: number | null
    readonly timedOut: boolean
    readonly log: string
    readonly seconds: number
    /** Null where the run names no tests. */
    readonly tests: ToldTests | null
  } | null
  readonly install: { readonly ok: boolean; readonly timedOut: boolean; readonly log: string }
  /** Versions shown to be there; when installing failed, those that the client had chosen. */
  readonly installed: readonly ReleaseId[]
  /** Why the arm does not have its version; empty when it has. */
  readonly unexercised: string
  /** The same as the report has it; null when the arm has its version, or nobody knows why not. */
  readonly notExercised: NotExercised | null
  /** What this arm installed and the other did not, in a line; empty when that is nothing. */
  readonly difference: string
}

/** One arm as the report carries it. */
export interface ArmReport {
  readonly outcome: Outcome
  readonly installed: readonly ReleaseId[]
  readonly commit: string | null
  readonly detail: string
  readonly seconds?: number
  readonly tests?: ToldTests
}

const DETAIL_LINES = 50
/** The report takes 8000 characters; the rest is for the sentences in front. */
const DETAIL_CHARACTERS = 6_000
const REPORT_CHARACTERS = 8_000

/**
 * Judges the arms of one try. Installing that fails on both arms says nothing about the candidate (the
 * index or the machine is broken); on one arm it is that arm's failure.
 *
 * @param scrub takes out of a log what must not leave (the nonce in index URLs) or only disturbs readers
 */
export function judgeArms(
  runs: readonly ArmRun[],
  commit: string | null,
  scrub: (text: string, arm: Arm) => string,
): Partial<Record<Arm, ArmReport>> {
  const noneInstalled = runs.length > 1 && runs.every((run) => !run.install.ok)
  return Object.fromEntries(
    runs.map((run) => {
      const outcome = noneInstalled ? 'infra' : outcomeOf(run)
      const detail = detailOf(run, outcome, (text) => scrub(text, run.arm))
      const report = { outcome, installed: run.installed, commit, detail }
      return [run.arm, { ...report, ...namedTests(run, (text) => scrub(text, run.arm)) }]
    }),
  )
}

/** How long it tested, and its tests by name, without what must not leave. */
function namedTests({ test }: ArmRun, scrub: (text: string) => string): Pick<ArmReport, 'seconds' | 'tests'> {
  if (test === null) return {}
  const { seconds, tests } = test
  if (tests === null) return { seconds }
  const failed = tests.failed.map(({ name, error }) => ({
    name: scrub(name),
    ...(error !== undefined && { error: scrub(error) }),
  }))
  return { seconds, tests: { ...tests, failed } }
}

function outcomeOf({ install, test }: ArmRun): Outcome {
  if (install.timedOut || test?.timedOut) return 'timed-out'
  if (!install.ok) return 'fail'
  return test?.code === 0 ? 'pass' : 'fail'
}

function detailOf(run: ArmRun, outcome: Outcome, scrub: (text: string) => string): string {
  const log = run.test?.log ?? run.install.log
  const where = run.test === null ? 'installing failed' : ''
  const failed = outcome !== 'pass'
  const parts = [
    scrub(run.unexercised),
    failed ? run.difference : '',
    where,
    failed ? lastLines(scrub(log)) : '',
  ]
  const detail = parts.filter((part) => part !== '').join('\n')
  return detail.slice(0, REPORT_CHARACTERS)
}

/** The last lines of a log as plain text: no colours, no cursor movements. */
function lastLines(log: string): string {
  const lines = stripVTControlCharacters(log).replace(/\r\n?/g, '\n').trimEnd().split('\n')
  return lines.slice(-DETAIL_LINES).join('\n').slice(-DETAIL_CHARACTERS)
}
