import type { Command } from 'commander'
import { type AuditReport, auditServer } from '../../registries/slipway-index/audit-client.ts'
import { type CliContext, EXIT } from '../cli-context.ts'
import { columns, type Paint, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'

/** `audit`: has the server compare its packages with their files. Exit code 1 when something is left wrong. */
export function addAudit(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('audit')
      .description('compare the packages of a server with their files, and extract metadata that is missing')
      .option('--dry-run', 'only look'),
  ).action(async (options: ServerOptions & { dryRun?: boolean }) => {
    const answer = await auditServer(accessOf(options, context), options.dryRun !== true)
    if (!answer.ok) throw stopFor(answer.failure)
    if (options.json) printJson(context, answer.value)
    else context.out(`${printAudit(answer.value, paintFor(context.colour))}\n`)
    finish(answer.value.findings.every(({ repaired }) => repaired) ? EXIT.done : EXIT.refused)
  })
}

function printAudit({ packages, files, findings, whole }: AuditReport, paint: Paint): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  const repaired = findings.filter((finding) => finding.repaired).length
  const head = `${count(packages, 'package')}, ${count(files, 'file')}: ${count(findings.length, 'finding')}, ${repaired} repaired`
  const rows = findings.map((finding) => [
    plain(finding.release),
    plain(finding.file),
    finding.repaired ? 'repaired' : plain(finding.kind),
    plain(finding.detail),
  ])
  const table = columns(rows, (cell, _row, column) =>
    column === 2 && cell !== 'repaired' ? paint('red', cell) : cell,
  )
  const more = whole ? [] : [paint('dim', '  there are more; put these right and look again')]
  return [paint('bold', head), ...(rows.length === 0 ? [] : [table]), ...more].join('\n')
}
