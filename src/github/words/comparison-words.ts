import type { ContentsFinding } from '../../gates/contents/contents-facts.ts'
import type { ChangeKind } from '../../versions/change-kind.ts'
import { code, prose } from './escape-text.ts'

/** What one package would change for those who use it; `why` where that cannot be said. */
export interface ComparedPackage {
  readonly from: string | null
  readonly to: string
  readonly change: ChangeKind | null
  readonly findings: readonly ContentsFinding[]
  readonly unread: number
  readonly why: string | null
}

const heading = { stop: 'Stops a release', ask: 'Is asked about', say: 'Worth knowing' } as const
const mostUses = 5

/**
 * What packages would change, for a comment on a pull request and for a job summary. `answers`: how a finding is
 * answered beforehand, as the reader would write it.
 */
export function comparisonText(packages: readonly ComparedPackage[]): string {
  return packages.map(packageText).join('\n\n')
}

function packageText({ from, to, change, findings, unread, why }: ComparedPackage): string {
  // On a pull request the number is often that of the release before.
  const isUnraised = from === to
  const title =
    from === null
      ? `### ${code(to)}`
      : `### ${code(to)} ${isUnraised ? 'as it is here, against the published one' : `against ${code(from)}`}`
  if (why !== null) return `${title}\n\nNot compared: ${prose(why, 500)}`
  const parts = (['stop', 'ask', 'say'] as const).flatMap((level) => {
    const found = findings.filter((finding) => finding.level === level)
    return found.length === 0 ? [] : [`**${heading[level]}**\n\n${found.map(findingText).join('\n')}`]
  })
  const left = unread === 0 ? [] : [`${unread} file${unread === 1 ? ' was' : 's were'} not read.`]
  if (parts.length === 0)
    return [title, 'Nothing that others would notice is taken away or made stricter.', ...left].join('\n\n')
  const kind = isUnraised
    ? 'Its number is not raised yet, so it is judged as a patch release.'
    : `By its number a ${change} release.`
  return [title, kind, ...parts, ...left, ...answerText(findings)].join('\n\n')
}

function findingText({ code: name, sentence, usedBy }: ContentsFinding): string {
  const uses = usedBy
    .slice(0, mostUses)
    .map(({ release, where }) => `  - used by ${code(release)} in ${code(where)}`)
  const more = usedBy.length > mostUses ? [`  - and in ${usedBy.length - mostUses} more places`] : []
  return [`- ${code(name)}: ${prose(sentence, 1000)}`, ...uses, ...more].join('\n')
}

/** How what holds a release is answered before it is published. */
function answerText(findings: readonly ContentsFinding[]): readonly string[] {
  const open = findings.find(({ level }) => level === 'ask') ?? null
  const stops = findings.some(({ level }) => level === 'stop')
  if (open === null && !stops) return []
  const [what] = open?.what ?? []
  const line = open === null ? null : `meant: ${open.code}${what === undefined ? '' : `: ${what}`}`
  return [
    [
      ...(line === null
        ? []
        : [
            `If it is meant so, say it beforehand: a line ${code(line, 300)} in the notes of the release, or under \`meant\` of the step that publishes.`,
          ]),
      ...(stops
        ? ['What stops a release takes somebody with maintain permission, once it is published.']
        : []),
    ].join(' '),
  ]
}
