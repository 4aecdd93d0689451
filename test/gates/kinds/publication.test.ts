import { describe, expect, it } from 'vitest'
import { dismissible, publicationGate } from '../../../src/gates/kinds/publication.ts'
import type { DismissalFact, PublicationFact } from '../../../src/gates/publication-fact.ts'
import { CANDIDATE, NOON } from '../../rollout/builders.ts'
import { gateFacts } from '../gate-builders.ts'

const said = (change: Partial<PublicationFact> = {}): PublicationFact => ({
  release: CANDIDATE,
  standing: 'offered',
  because: '',
  withAll: false,
  latestBelow: null,
  observedAt: NOON,
  ...change,
})

const facts = (change: Partial<PublicationFact>, stageIndex = 1, dismissals: readonly DismissalFact[] = []) =>
  gateFacts({ publications: { [CANDIDATE]: said(change) }, stageIndex, dismissals })

describe('what the publisher of a candidate says', () => {
  it.each<[string, Partial<PublicationFact>, number, string, string]>([
    ['it is yanked', { standing: 'yanked', because: 'breaks' }, 1, 'fail', 'yanked npm:demo-lib@1.1.0'],
    ['its index withdrew it', { standing: 'gone' }, 1, 'fail', 'withdrew npm:demo-lib@1.1.0'],
    ['its index quarantined it', { standing: 'quarantined' }, 1, 'fail', 'Its index quarantined'],
    ['its index no longer gives it', { standing: 'doubted' }, 1, 'hold', 'is asked again before'],
    ['it is deprecated', { standing: 'deprecated', because: 'use 1.0' }, 1, 'hold', ': use 1.0 Waiting'],
    [
      'all is deprecated',
      { standing: 'deprecated', withAll: true },
      1,
      'pass',
      'all releases of the package',
    ],
    ['latest is below, at 0 %', { latestBelow: '1.0.0' }, 0, 'wait', 'begins to climb when latest is set'],
    ['latest moved below it', { latestBelow: '1.0.0' }, 1, 'hold', 'moved latest to 1.0.0, below'],
    ['yanked and latest moved', { standing: 'yanked', latestBelow: '1.0.0' }, 1, 'fail', 'yanked'],
  ])('%s', (_, change, stageIndex, answer, words) => {
    const verdict = publicationGate(facts(change, stageIndex))
    expect(verdict).toMatchObject({ gate: 'publication', answer, until: null })
    expect(verdict?.sentence).toContain(words)
  })

  it('is nothing to say while it is offered, or nobody knows', () => {
    expect(publicationGate(gateFacts())).toBeNull()
    expect(publicationGate(facts({}))).toBeNull()
  })

  it('fails whatever the policy says of rollbacks: nobody is meant to get it', () => {
    const withdrawn = { ...facts({ standing: 'yanked' }), automaticRollback: false }
    expect(publicationGate(withdrawn)?.answer).toBe('fail')
  })
})

describe('a dismissal', () => {
  const given = (evidence: string, code = 'deprecated'): readonly DismissalFact[] => [
    { code, by: 'ada', reason: 'old news', at: NOON, evidence },
  ]

  it('clears what it was given for, and no other deprecation', () => {
    const [open] = dismissible(facts({ standing: 'deprecated', because: 'use 1.0' }))
    expect(open?.code).toBe('deprecated')
    const dismissed = given(open?.evidence ?? '')
    const verdict = publicationGate(facts({ standing: 'deprecated', because: 'use 1.0' }, 1, dismissed))
    expect(verdict).toMatchObject({ answer: 'pass' })
    expect(verdict?.sentence).toContain('ada dismissed that')
    expect(publicationGate(facts({ standing: 'deprecated', because: 'leaks' }, 1, dismissed))?.answer).toBe(
      'hold',
    )
    expect(publicationGate(facts({ latestBelow: '1.0.0' }, 1, dismissed))?.answer).toBe('hold')
  })

  it('is never open for what is withdrawn, doubted or waits', () => {
    for (const standing of ['yanked', 'gone', 'quarantined', 'doubted', 'offered'] as const)
      expect(dismissible(facts({ standing }))).toEqual([])
    expect(dismissible(facts({ latestBelow: '1.0.0' }, 0))).toEqual([])
  })
})
