/** What the API answers about a rollout; tests name only what differs. */
export function rolloutAnswer(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const stage = { index: 1, name: 'early', percent: 5, enteredAt: 1_790_000_000_000, bakeUntil: null }
  return {
    id: 'ro-abcdefghijklmnop',
    releases: [{ id: 'npm:demo@1.1.0', purl: 'pkg:npm/demo@1.1.0', candidate: '1.1.0', baseline: '1.0.0' }],
    train: null,
    phase: 'rolling',
    percent: 5,
    stage,
    startedAt: 1_790_000_000_000,
    restartOf: null,
    explanation: {
      sentence: 'At 5 %, waiting for the bake.',
      next: { sentence: '10 % when the bake is over', at: 1_790_086_400_000 },
      stages: [
        { ...stage, index: 0, name: 'canaries', percent: 0, state: 'passed' },
        { ...stage, state: 'current', bakeUntil: 1_790_086_400_000 },
        { ...stage, index: 2, name: 'all', percent: 100, enteredAt: null, state: 'ahead' },
      ],
      gates: [{ gate: 'bake', answer: 'wait', sentence: 'bakes until 2026-09-22 14:13 UTC' }],
      canaries: [
        {
          label: 'acme/app',
          admission: 'required',
          comparison: { kind: 'same-pass', sentence: 'passes as with the baseline' },
          tries: 1,
          url: null,
        },
      ],
    },
    ...changes,
  }
}
