import { describe, expect, it } from 'vitest'
import { admit } from '../../../src/gates/canaries/admission.ts'
import { canaryLabels } from '../../../src/gates/canaries/canary-label.ts'
import type { BlockerFact, GateFacts } from '../../../src/gates/evidence.ts'
import { permits } from '../../../src/gates/permission.ts'
import { strongest } from '../../../src/gates/verdict.ts'
import { canary, HOUR, NOON } from '../../rollout/builders.ts'
import { ask, PASS, tested } from '../gate-builders.ts'

describe('the bake', () => {
  it('waits until the stage has lasted long enough', () => {
    expect(ask({}, {}, NOON + HOUR - 1)).toEqual({
      answer: 'wait',
      sentence: 'Baking for 1 h, until 2026-11-20 13:00 UTC.',
      until: NOON + HOUR,
    })
    expect(ask({}, {}, NOON + HOUR)).toMatchObject({
      answer: 'pass',
      sentence: 'Baked for 1 h, since 2026-11-20 12:00 UTC.',
    })
  })
})

describe('the blockers gate', () => {
  const gates = { blockers: { labels: ['regression', 'release-blocker'] } }
  const blocker = (change: Partial<BlockerFact> = {}) => {
    const fact = {
      issue: 'acme/lib#1',
      title: 't',
      labels: ['regression'],
      open: true,
      observedAt: NOON,
      ...change,
    }
    return { [fact.issue]: fact }
  }
  it.each([
    ['no issue', {}, 'pass', 'No open issue is labelled regression or release-blocker.'],
    [
      'a closed one',
      blocker({ open: false }),
      'pass',
      'No open issue is labelled regression or release-blocker.',
    ],
    [
      'another label',
      blocker({ labels: ['bug'] }),
      'pass',
      'No open issue is labelled regression or release-blocker.',
    ],
    [
      'an open one',
      blocker(),
      'hold',
      'Waiting until acme/lib#1 is closed or loses the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
    [
      'two open ones',
      { ...blocker({ issue: 'acme/lib#2' }), ...blocker() },
      'hold',
      'Waiting until acme/lib#1, acme/lib#2 are closed or lose the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
    [
      'an open one whose label is spelt with capitals',
      blocker({ labels: ['Regression'] }),
      'hold',
      'Waiting until acme/lib#1 is closed or loses the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, blockers, answer, sentence) => {
    expect(ask(gates, { blockers })).toMatchObject({ answer, sentence })
  })
})

describe('the blockers gate before anybody looked', () => {
  const gates = { blockers: { labels: ['regression', 'release-blocker'] } }
  const open = { issue: 'acme/lib#1', title: 't', labels: ['regression'], open: true, observedAt: NOON }
  const look = (labels: readonly string[], message?: string): Partial<GateFacts> => {
    return {
      blockerSearch: { labels, at: null, failure: message === undefined ? null : { at: NOON, message } },
    }
  }
  it.each<[string, Partial<GateFacts>, string, string]>([
    [
      'waits',
      look([]),
      'wait',
      'Waiting until the open issues of acme/lib are looked up for the label regression or release-blocker.',
    ],
    [
      'waits for the label that is missing and says why it is',
      look(['regression'], '502: bad gateway'),
      'wait',
      'Waiting until the open issues of acme/lib are looked up for the label release-blocker. The look at 2026-11-20 12:00 UTC failed (502: bad gateway); it is tried again.',
    ],
    [
      'passes when a later look worked',
      look(['regression', 'release-blocker'], '502: bad gateway'),
      'pass',
      'No open issue is labelled regression or release-blocker.',
    ],
    [
      'holds for what a webhook told',
      { ...look([]), blockers: { [open.issue]: open } },
      'hold',
      'Waiting until acme/lib#1 is closed or loses the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
    [
      'passes where there is no repository',
      { ...look([]), repository: null },
      'pass',
      'There is no repository to look at for open issues labelled regression or release-blocker.',
    ],
    [
      'holds without a repository for what somebody recorded',
      { ...look([]), repository: null, blockers: { [open.issue]: open } },
      'hold',
      'Waiting until acme/lib#1 is closed or loses the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, change, answer, sentence) => {
    expect(ask(gates, change)).toEqual({ answer, sentence, until: null })
  })
})

describe('the approval gate', () => {
  const gates = { approval: { by: 'maintain' } } as const
  const approval = { by: 'mia', permission: 'maintain', stageIndex: 0, at: NOON, reason: '' } as const
  it.each([
    [
      'nobody',
      [],
      'hold',
      'Waiting for the approval of somebody with maintain permission, since 2026-11-20 12:00 UTC.',
    ],
    ['somebody with too little', [{ ...approval, permission: 'write' as const }], 'hold', undefined],
    ['somebody for another stage', [{ ...approval, stageIndex: 1 }], 'hold', undefined],
    ['a maintainer', [approval], 'pass', 'Approved by mia at 2026-11-20 12:00 UTC.'],
    ['an admin', [{ ...approval, permission: 'admin' as const }], 'pass', undefined],
  ])('approved by %s', (_, approvals, answer, sentence) => {
    const found = ask(gates, { approvals })
    expect(found.answer).toBe(answer)
    if (sentence !== undefined) expect(found.sentence).toBe(sentence)
  })
})

describe('holds', () => {
  const hold = { by: 'dora', canary: '101', until: NOON + 2 * HOUR, reason: 'our release' }
  it('hold until the last of them ends', () => {
    const holds = [hold, { by: 'mia', canary: null, until: NOON + 3 * HOUR, reason: '' }]
    expect(ask({}, { holds, canaries: { '101': tested(PASS) } })).toEqual({
      answer: 'hold',
      sentence:
        'dora of acme/app asked to wait until 2026-11-20 14:00 UTC (our release); mia asked to wait until 2026-11-20 15:00 UTC.',
      until: NOON + 3 * HOUR,
    })
    expect(ask({}, { holds }, NOON + 3 * HOUR).answer).toBe('pass')
  })
  it('says little about a canary that is gone', () => {
    expect(ask({}, { holds: [hold] }).sentence).toContain('dora of a canary asked')
  })
})

describe('all gates of a stage', () => {
  it.each([
    [['pass', 'wait', 'hold', 'fail'], 'fail'],
    [['pass', 'wait', 'hold'], 'hold'],
    [['pass', 'wait'], 'wait'],
    [['pass'], 'pass'],
    [[], 'pass'],
  ] as const)('%j together say %s', (answers, expected) => {
    expect(strongest(answers.map((answer) => ({ answer })))).toBe(expected)
  })
})

describe('permissions, admission and labels', () => {
  it('higher permissions include lower ones', () => {
    expect(permits('maintain', 'write')).toBe(true)
    expect(permits('write', 'write')).toBe(true)
    expect(permits('triage', 'write')).toBe(false)
  })

  it.each([
    ['acme/app', { admission: 'required', weight: 2 }],
    ['ACME/App', { admission: 'required', weight: 2 }],
    ['acme/other', { admission: 'advisory', weight: 1 }],
    ['acmeish/app', { admission: 'none', weight: 0 }],
  ])('%s is admitted as %j', (repo, expected) => {
    const rules = [
      { repo: 'acme/app', required: true, weight: 2 },
      { repo: 'Acme/*', required: false, weight: 1 },
    ]
    expect(admit(rules, repo)).toEqual(expected)
  })

  it('numbers private canaries, and names them at home', () => {
    const entry = (id: string, secret: boolean) => ({
      ...tested([]),
      entry: canary({ id, repo: `acme/r${id}`, private: secret }),
    })
    const canaries = { '1': entry('1', true), '2': entry('2', false), '3': entry('3', true) }
    expect([...canaryLabels(canaries, null).values()]).toEqual([
      'private canary 1',
      'acme/r2',
      'private canary 2',
    ])
    expect([...canaryLabels(canaries, '1').values()]).toEqual(['acme/r1', 'acme/r2', 'private canary 2'])
  })
})
