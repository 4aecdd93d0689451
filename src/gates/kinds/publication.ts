import type { GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { DismissalFact, PublicationFact } from '../publication-fact.ts'
import { strongest, type Verdict } from '../verdict.ts'

/** What a person may dismiss of what a publisher says. */
export type PublicationCode = 'deprecated' | 'latest-moved' | 'release-deleted'

/** One thing that the publisher of a candidate says, and what it means for the rollout. */
interface Said {
  readonly answer: Verdict['answer']
  readonly sentence: string
  /** What may be dismissed, and the state of things that a dismissal is for; null: nothing may. */
  readonly open: { readonly code: PublicationCode; readonly evidence: string } | null
}

const withdrawnAs = {
  yanked: 'Its publisher yanked',
  gone: 'Its publisher or its index withdrew',
  quarantined: 'Its index quarantined',
} as const

/**
 * What the publishers of the candidates say of them; always asked, null while they say nothing. What was withdrawn is
 * taken back, whatever the policy says of rollbacks: nobody can be meant to get it. What is deprecated alone, or no
 * longer found, holds. An npm release above its publisher's `latest` has nobody to climb to: it waits at 0 %, and
 * holds where `latest` moved below it on its way. A release that somebody deleted on the forge holds, too.
 */
export function publicationGate(facts: GateFacts): Verdict | null {
  const said = allSaid(facts)
  if (said.length === 0) return null
  const answer = strongest(said)
  const told = answer === 'pass' ? said : said.filter((one) => one.answer !== 'pass')
  const subjects = facts.releases.flatMap(({ candidate }) =>
    isWithdrawn(facts, candidate) ? [candidate] : [],
  )
  const sentence = told.map((one) => one.sentence).join(' ')
  return { gate: 'publication', answer, sentence, until: null, subjects }
}

/** What stands in the way and may be dismissed, with the state of things that a dismissal is for. */
export function dismissible(
  facts: Pick<GateFacts, 'releases' | 'publications' | 'forgeRelease' | 'stageIndex'>,
): readonly { readonly code: PublicationCode; readonly evidence: string }[] {
  return allSaid({ ...facts, dismissals: [] }).flatMap(({ open }) => (open === null ? [] : [open]))
}

/** Whether a release was withdrawn for certain. */
export function isWithdrawn({ publications }: Pick<GateFacts, 'publications'>, release: string): boolean {
  const standing = publications[release]?.standing
  return standing !== undefined && standing in withdrawnAs
}

function allSaid(
  facts: Pick<GateFacts, 'releases' | 'publications' | 'forgeRelease' | 'dismissals' | 'stageIndex'>,
): readonly Said[] {
  const said = facts.releases.flatMap(({ candidate }) => {
    const fact = facts.publications[candidate]
    return fact === undefined ? [] : saidOf(fact, facts)
  })
  return [...said, ...saidOfForge(facts)]
}

function saidOfForge({
  forgeRelease,
  dismissals,
}: Pick<GateFacts, 'forgeRelease' | 'dismissals'>): readonly Said[] {
  if (forgeRelease?.standing !== 'deleted') return []
  const { tag, observedAt } = forgeRelease
  const open = { code: 'release-deleted', evidence: `${tag} ${observedAt}` } as const
  return [held(open, `The release ${tag} was deleted on GitHub at ${formatTime(observedAt)}.`, dismissals)]
}

function saidOf(fact: PublicationFact, facts: Pick<GateFacts, 'dismissals' | 'stageIndex'>): readonly Said[] {
  return [...saidOfStanding(fact, facts.dismissals), ...saidOfLatest(fact, facts)]
}

function saidOfStanding(fact: PublicationFact, dismissals: readonly DismissalFact[]): readonly Said[] {
  const { release, standing, because, withAll, observedAt } = fact
  const at = formatTime(observedAt)
  const why = because === '' ? '.' : `: ${because}`
  switch (standing) {
    case 'offered':
      return []
    case 'doubted': {
      const sentence = `Its index no longer gives ${release}, seen at ${at}; it is asked again before that is believed.`
      return [{ answer: 'hold', sentence, open: null }]
    }
    case 'deprecated': {
      if (withAll) {
        const sentence = `Its publisher deprecated all releases of the package, ${release} among them${why}`
        return [{ answer: 'pass', sentence, open: null }]
      }
      const open = { code: 'deprecated', evidence: `${release} ${because}` } as const
      const sentence = `Its publisher deprecated ${release} at ${at}${why}`
      return [held(open, sentence, dismissals)]
    }
    default: {
      const sentence = `${withdrawnAs[standing]} ${release} at ${at}${why}`
      return [{ answer: 'fail', sentence, open: null }]
    }
  }
}

function saidOfLatest(
  { release, latestBelow }: PublicationFact,
  { dismissals, stageIndex }: Pick<GateFacts, 'dismissals' | 'stageIndex'>,
): readonly Said[] {
  if (latestBelow === null) return []
  if (stageIndex === 0) {
    const sentence = `Its publisher's latest is ${latestBelow}, so ${release} has nobody to climb to: what is found is kept, and it begins to climb when latest is set to it.`
    return [{ answer: 'wait', sentence, open: null }]
  }
  const open = { code: 'latest-moved', evidence: `${release} ${latestBelow}` } as const
  return [held(open, `Its publisher moved latest to ${latestBelow}, below ${release}.`, dismissals)]
}

function held(open: NonNullable<Said['open']>, sentence: string, dismissals: readonly DismissalFact[]): Said {
  const known = dismissals.find(({ code, evidence }) => code === open.code && evidence === open.evidence)
  if (known === undefined) {
    return {
      answer: 'hold',
      sentence: `${sentence} Waiting until that is undone, or a person dismisses ${open.code}.`,
      open,
    }
  }
  return {
    answer: 'pass',
    sentence: `${sentence} ${known.by} dismissed that at ${formatTime(known.at)}.`,
    open,
  }
}
