import type { CanaryExplanation, Explanation } from '../../src/rollout/explaining/explanation.ts'
import type { Transition } from '../../src/rollout/history/state.ts'

export const noon = Date.UTC(2026, 10, 20, 12)
export const minute = 60_000
export const hour = 60 * minute

export const links = { page: 'https://slipway.test/rollouts/ro-aaaaaaaaaaaaaaaa', trackingIssue: null }

/** A canary that passed with both arms; name only what differs. */
export function canary(
  change: Partial<CanaryExplanation> & { readonly kind?: CanaryExplanation['comparison']['kind'] } = {},
): CanaryExplanation {
  const { kind = 'same-pass', ...rest } = change
  const id = rest.id ?? '42'
  return {
    id,
    label: 'acme/app',
    admission: 'required',
    weight: 1,
    comparison: {
      canary: id,
      kind,
      decided: ['same-pass', 'same-fail', 'regressed', 'fixed', 'newly-flaky'].includes(kind),
      wantsTry: null,
      evidence: 'e',
      sentence:
        kind === 'regressed'
          ? 'The baseline passed and the candidate failed in every try.'
          : 'Its tests pass with both versions.',
    },
    tries: 1,
    url: 'https://github.com/acme/app/actions/runs/7',
    since: noon - 10 * minute,
    legs: [],
    condition: null,
    detail: '',
    ...rest,
  }
}

/** An entry of the history by the engine at noon; name only what differs. */
export function transition(change: Partial<Transition> = {}): Transition {
  return {
    version: 3,
    type: 'stage-entered',
    at: noon,
    actor: { kind: 'system' },
    reason: 'Every gate of the stage passes.',
    basisPoints: 2500,
    ...change,
  }
}

/** A rollout at 25 % whose gates wait for the bake; name only what differs. */
export function explanation(change: Partial<Explanation> = {}): Explanation {
  const stages = [0, 5, 25, 50, 100].map((percent, index) => ({
    index,
    name: index === 0 ? 'canaries' : '',
    percent,
    enteredAt: index <= 2 ? noon - (2 - index) * hour : null,
    bakeUntil: index === 2 ? noon + 24 * minute : null,
    state: index < 2 ? ('passed' as const) : index === 2 ? ('current' as const) : ('ahead' as const),
  }))
  return {
    rollout: 'ro-aaaaaaaaaaaaaaaa',
    releases: [{ candidate: 'npm:demo@1.1.0', baseline: 'npm:demo@1.0.0' }],
    blocked: [],
    train: null,
    phase: 'rolling',
    percent: 25,
    percents: true,
    sentence: 'The stage at 25 % bakes until 12:24.',
    next: { sentence: 'The stage at 50 % begins when the bake is over.', at: noon + 24 * minute },
    others: [],
    notes: [],
    stages,
    gates: [
      {
        gate: 'bake',
        answer: 'wait',
        sentence: 'Bakes for 24 more minutes.',
        until: noon + 24 * minute,
        subjects: [],
      },
      { gate: 'canaries', answer: 'pass', sentence: 'All canaries pass.', until: null, subjects: [] },
    ],
    coverage: { decided: 1, admitted: 1, percent: 100 },
    canaries: [canary()],
    history: [
      transition({ version: 1, type: 'started', at: noon - 2 * hour, reason: 'Published.', basisPoints: 0 }),
      transition(),
    ],
    ...change,
  }
}
