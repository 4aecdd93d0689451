/** How often two runs of one canary at one commit with the same versions disagreed: `flips` of `pairs`. */
export interface Flakiness {
  readonly pairs: number
  readonly flips: number
}

/** What a canary's own history says about it. */
export interface FlakeModel {
  /** The chance that a run fails for no reason of the release, 0..0.5. */
  readonly flakeRate: number
  /** Tries after which a candidate that failed in all of them is hardly chance any more; 1 to `mostTries`. */
  readonly tries: number
  /** How sure it is that such a failure is the candidate's, 0..1; 0 where nothing it says can be told from chance. */
  readonly failureWeight: number
  /** Too flaky to be judged in `mostTries` tries. */
  readonly quarantined: boolean
}

/** More tries of one canary cost its owner more than they tell. */
export const mostTries = 5

/** Tries of a canary in quarantine: the two baseline runs are the next pair of its history. */
export const quarantineTries = 2

/** A rollout of 30 canaries that do nothing wrong meets a confirmed regression by chance at most once in 100. */
const falseAlarm = 0.01 / 30

/**
 * What is assumed before anything is known: 5 % flakes, so about 9.5 % flips, worth 10.5 pairs of its own. It
 * keeps one bad day from putting a canary into quarantine and one good one from taking it out.
 */
const assumed = { flips: 1, pairs: 10.5 }

/**
 * How flaky a canary is, from pairs of runs in which nothing differed (A/A). A run fails by itself with chance `f`,
 * so two runs differ with chance `r = 2f(1 - f)`; `r` is the share of flips with the assumption counted in (the mean
 * of a beta distribution), and `f` its smaller root. All of `t` tries fail by chance with `f ** t`. Null without
 * history: then the policy's own number of tries holds.
 *
 * The number of tries is that of other ecosystem test runs: t = ceil(log(alpha / N) / log f), with alpha 0.01, N 30, at most 5.
 */
export function flakeModelOf(history: Flakiness | undefined): FlakeModel | null {
  if (history === undefined || history.pairs === 0) return null
  const flips = Math.min(0.5, (history.flips + assumed.flips) / (history.pairs + assumed.pairs))
  const flakeRate = (1 - Math.sqrt(1 - 2 * flips)) / 2
  const needed = Math.ceil(Math.log(falseAlarm) / Math.log(flakeRate))
  const quarantined = needed > mostTries
  const tries = Math.min(needed, mostTries)
  return { flakeRate, tries, failureWeight: quarantined ? 0 : 1 - flakeRate ** tries, quarantined }
}

/** How many tries a canary gets: the policy's, or more where its own history asks for more; never fewer. */
export function triesFor(policyTries: number, history: Flakiness | undefined): number {
  const model = flakeModelOf(history)
  if (model === null) return policyTries
  return model.quarantined ? quarantineTries : Math.max(policyTries, model.tries)
}
