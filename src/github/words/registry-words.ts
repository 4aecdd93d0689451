import type { Promotion } from '../../ports/registry.ts'
import type { PackageId } from '../../versions/release.ts'
import { code, prose } from './escape-text.ts'

/** What the registries say about a rollout, for its tracking issue. Nothing is called done that they do not confirm. */
export function registryText(
  answers: readonly { readonly package: PackageId; readonly promotion: Promotion }[],
): string {
  const parts = answers.map(({ package: id, promotion }) => {
    const steps =
      promotion.kind === 'checklist' ? promotion.steps.map((step) => `- [ ] ${code(step, 300)}`) : []
    const leaks = promotion.kind === 'failed' ? [] : promotion.leaks.map((leak) => `- ${leak}`)
    return [
      `**${code(id)}**: ${sayKind(promotion)} ${prose(promotion.sentence, 500)}`,
      ...(steps.length === 0 ? [] : ['', 'A person has to do this:', '', ...steps]),
      ...(leaks.length === 0 ? [] : ['', 'What this cannot hold back:', '', ...leaks]),
    ].join('\n')
  })
  return ['### At the registries', ...parts].join('\n\n')
}

function sayKind(promotion: Promotion): string {
  switch (promotion.kind) {
    case 'confirmed':
      return 'done.'
    case 'checklist':
      return 'not done yet.'
    case 'failed':
      return 'not known; asked again at the next tick.'
  }
}
