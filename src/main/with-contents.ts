import type { HostedComparer } from '../contents/hosted/compare-hosted.ts'
import type { ContentsFact } from '../gates/contents/contents-facts.ts'
import type { EffectContext, EffectOutcome, Effector } from '../ports/effector.ts'
import { canonicalJson } from '../rollout/history/canonical-json.ts'
import { ownEntry } from '../versions/own-entry.ts'

/** The effector of a server that compares the files of candidates; another one for everything else. */
export function withContents(rest: Effector, comparer: HostedComparer): Effector {
  return {
    apply: async (effect, context) => {
      if (effect.kind !== 'compare-contents') return rest.apply(effect, context)
      const { release, baseline } = effect
      const comparison = await comparer.compare(baseline, release)
      if (comparison === 'busy') return notNow(context.now + againMs)
      // A package of another index: its files pass through and are not kept.
      const nothing = { change: 'patch' as const, files: [], findings: [], unread: [] }
      const found = comparison ?? { ...nothing, unread: [{ file: release, why: 'it is not hosted here' }] }
      return told({ ...found, release, baseline, at: context.now }, context)
    },
    tellFile: (report) => rest.tellFile(report),
  }
}

const againMs = 10_000

function notNow(retryAt: number): EffectOutcome {
  const failure = { kind: 'broken', message: 'many comparisons wait', retryAt } as const
  return { ok: false, failure, final: false, signals: [] }
}

/** Only news are told, so that a rollout does not grow with every look. */
function told(contents: ContentsFact, { state }: EffectContext): EffectOutcome {
  const known = ownEntry(state.contents, contents.release)
  const same =
    known !== undefined && canonicalJson({ ...known, at: 0 }) === canonicalJson({ ...contents, at: 0 })
  return { ok: true, place: {}, signals: same ? [] : [{ kind: 'contents', contents }] }
}
