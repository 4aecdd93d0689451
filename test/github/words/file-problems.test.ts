import { expect, it } from 'vitest'
import { fileProblemsText, tellFileProblems } from '../../../src/github/words/file-problems.ts'
import type { AppliedEffect } from '../../../src/ports/effect-log.ts'
import type { Forge, Repository } from '../../../src/ports/forge.ts'
import { createPaperForge } from '../paper-forge.ts'

const repository: Repository = {
  id: '2',
  fullName: 'acme/app',
  private: false,
  defaultBranch: 'main',
  installationId: 1,
}

function world() {
  const paper = createPaperForge()
  let applied: AppliedEffect | null = null
  const tell = async (problems: string | null, known = true) => {
    const report = { repository, problems, applied: known ? applied : null }
    const outcome = await tellFileProblems(paper.writing as Forge, report)
    if (outcome.ok) applied = { key: 'k', digest: '', place: outcome.place, at: 0 }
    return outcome
  }
  const issues = () =>
    [...paper.issues.values()].map(({ state, body }) => [state, body.split('\n').length > 4])
  return { paper, tell, issues }
}

it('keeps one issue: opened, edited, closed, and opened again', async () => {
  const { paper, tell, issues } = world()
  expect(await tell(null)).toMatchObject({ ok: true, place: {} })
  expect(issues()).toEqual([])
  await tell('a.yml:1:1 wrong')
  expect(paper.issues.get(4)).toMatchObject({
    state: 'open',
    title: 'Slipway cannot read .github/slipway.yml',
  })
  await tell('a.yml:2:1 worse')
  expect(paper.issues.get(4)?.body).toContain('a.yml:2:1 worse')
  await tell(null)
  expect(issues()).toEqual([['closed', false]])
  await tell('a.yml:3:1 again', false)
  expect(issues()).toEqual([['open', true]])
  paper.issues.clear()
  await tell('a.yml:4:1 and again')
  expect(issues()).toEqual([['open', true]])
})

it.each(['limited', 'forbidden'] as const)('says when it could not: %s', async (kind) => {
  const { paper, tell } = world()
  paper.failing = { kind, message: 'no', retryAt: null }
  expect(await tell('wrong')).toMatchObject({ ok: false, failure: { kind }, final: false })
})

it('quotes the problems so that nothing in them can link, mention or end the quote', () => {
  expect(fileProblemsText('.github/slipway.yml:1:1 got "```\n@everyone <!-- x -->"')).toMatchInlineSnapshot(`
    "Slipway does not act on \`.github/slipway.yml\` in this repository, because it cannot be read as it is now:

    \`\`\`\`text
    .github/slipway.yml:1:1 got "\`\`\`
    @everyone <! -- x -->"
    \`\`\`\`

    What the file said before it broke still counts where this repository is a canary, but nothing is tested here until it is mended. This issue is kept true and closed by itself after a commit that mends the file. \`npx slipway check-config\` shows the same problems."
  `)
})
