import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from './reasons.ts'
import { refusedByTypes } from './refused-by-types.ts'
import type { Mutant, Report } from './report.ts'

const least = 85
const root = join(import.meta.dirname, '..', '..')
const reports = process.argv.slice(2)
const caught: ReadonlySet<Mutant['status']> = new Set(['Killed', 'Timeout', 'RuntimeError'])
const missed: ReadonlySet<Mutant['status']> = new Set(['Survived', 'NoCoverage'])

interface Survivor {
  readonly file: string
  readonly line: number
  readonly from: string
  readonly to: string
  readonly reason: string
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').slice(0, 80)
const inCode = (text: string) => `\`${oneLine(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``

/** What the mutant stands in place of. */
function original(source: string, { location: { start, end } }: Mutant): string {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines
    .map((line, at) => line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined))
    .join('\n')
}

function survivorsOf(report: Report, refused: ReadonlySet<string>): readonly Survivor[] {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter((mutant) => missed.has(mutant.status) && !refused.has(`${file}:${mutant.id}`))
      .map((mutant) => {
        const from = original(source, mutant)
        const to = mutant.replacement ?? ''
        const reason = reasonOf({ file, mutator: mutant.mutatorName, from, to })
        return { file, line: mutant.location.start.line, from, to, reason }
      }),
  )
}

function scores(report: Report, survivors: readonly Survivor[]) {
  return ['src/gates', 'src/rollout'].flatMap((folder) => {
    const inside = Object.entries(report.files).filter(([file]) => file.startsWith(`${folder}/`))
    const killed = inside
      .flatMap(([, { mutants }]) => mutants)
      .filter(({ status }) => caught.has(status)).length
    const left = survivors.filter(({ file }) => file.startsWith(`${folder}/`)).length
    if (killed + left === 0) return []
    return [{ folder, killed, left, percent: Math.floor((1000 * killed) / (killed + left)) / 10 }]
  })
}

function page(rows: ReturnType<typeof scores>, survivors: readonly Survivor[], refused: number): string {
  const reasons = [...new Set(survivors.map(({ reason }) => reason))].sort()
  const groups = reasons.map((reason) => {
    const own = survivors.filter((one) => one.reason === reason)
    const lines = own.map(({ file, line, from, to }) => `- ${file}:${line} ${inCode(from)} → ${inCode(to)}`)
    return `## ${reason} (${own.length})\n\n${lines.join('\n')}\n`
  })
  const table = rows.map(
    ({ folder, killed, left, percent }) => `| ${folder} | ${killed} | ${left} | ${percent} % |`,
  )
  return `# What the tests do not notice

Written by \`npm run test:mutation\`; how it is measured stands in [docs/testing.md](../../docs/testing.md). The
reasons are given by kind of change (\`reasons.ts\`), not proven one by one.

| folder | noticed | not noticed | score |
|---|---|---|---|
${table.join('\n')}

${refused} more were not noticed and are no programs: TypeScript refuses them.

${groups.join('\n')}`
}

const parts = reports.map((path): Report => JSON.parse(readFileSync(path, 'utf8')))
const report: Report = { files: Object.assign({}, ...parts.map(({ files }) => files)) }
const unnoticed: Report = {
  files: Object.fromEntries(
    Object.entries(report.files).map(([file, { source, mutants }]) => [
      file,
      { source, mutants: mutants.filter(({ status }) => missed.has(status)) },
    ]),
  ),
}
const refused = refusedByTypes(root, unnoticed)
const survivors = survivorsOf(report, refused)
const rows = scores(report, survivors)
writeFileSync(join(import.meta.dirname, 'survivors.md'), page(rows, survivors, refused.size))
console.table(rows)
const low = rows.filter(({ percent }) => percent < least)
for (const { folder, percent } of low) console.error(`${folder}: ${percent} %, expected at least ${least} %`)
process.exitCode = low.length === 0 ? 0 : 1
