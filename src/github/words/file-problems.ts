import type { EffectOutcome, FileReport } from '../../ports/effector.ts'
import type { IssueKeeper } from '../../ports/forge.ts'
import { labelWord } from '../calls/issues.ts'
import { failed } from '../effects/dispatch-effect.ts'
import { fenced } from './escape-text.ts'

const hidden = '<!-- slipway:file -->'
const title = 'Slipway cannot read .github/slipway.yml'

/** The words of the issue about a file that cannot be read. The problems come from its own text. */
export function fileProblemsText(problems: string): string {
  return [
    'Slipway does not act on `.github/slipway.yml` in this repository, because it cannot be read as it is now:',
    fenced(problems, { lines: 100, characters: 20_000 }),
    'What the file said before it broke still counts where this repository is a canary, but nothing is tested here until it is mended. This issue is kept true and closed by itself after a commit that mends the file. `npx slipway check-config` shows the same problems.',
  ].join('\n\n')
}

/** The words of the same issue once the file is mended. */
export const fileMendedText = '`.github/slipway.yml` can be read again. Nothing is left to do here.'

/** Opens the one issue about the file, edits it, or closes it. Applying the same twice changes nothing. */
export async function tellFileProblems(forge: IssueKeeper, report: FileReport): Promise<EffectOutcome> {
  const { repository, problems, applied } = report
  const body = `${problems === null ? fileMendedText : fileProblemsText(problems)}\n\n${hidden}`
  const state = problems === null ? 'closed' : 'open'
  const known = applied?.place.issue
  if (typeof known === 'number') {
    const edited = await forge.updateIssue(repository, known, { body, state })
    if (edited.ok) return placed(repository.id, known)
    if (edited.failure.kind !== 'gone') return failed(edited.failure)
  }
  if (problems === null) return { ok: true, place: {}, signals: [] }
  const made = await forge.createIssue(repository, { title, body, labels: [labelWord], marker: hidden })
  if (!made.ok) return failed(made.failure)
  // It may be one of before that was found again: then it is closed, and says something else.
  const edited = await forge.updateIssue(repository, made.value.number, { body, state })
  return edited.ok ? placed(repository.id, made.value.number) : failed(edited.failure)
}

function placed(repositoryId: string, issue: number): EffectOutcome {
  return { ok: true, place: { repositoryId, issue }, signals: [] }
}
