import type { PackageDocument } from '../../registries/slipway-index/package-client.ts'
import { columns, type Paint, plain } from '../paint.ts'

/** A package as people read it: its status, then a line for each version, newest upload last. */
export function printPackage(document: PackageDocument, paint: Paint): string {
  const { status, reason } = document.status
  const said = reason === null ? '' : `: ${plain(reason)}`
  const head = `${paint('bold', plain(document.id))}  ${status}${said}`
  const rows = document.versions.map((version) => [
    plain(version.version),
    rolloutOf(document, version.version),
    `${version.files.length} ${version.files.length === 1 ? 'file' : 'files'}`,
    remarksOf(version),
  ])
  const tags = Object.entries(document.tags).map(([tag, version]) => `${plain(tag)}: ${plain(version)}`)
  return [
    head,
    columns(rows),
    ...(tags.length === 0 ? [] : [paint('dim', `  tags ${tags.join(', ')}`)]),
  ].join('\n')
}

function rolloutOf({ id, rollouts }: PackageDocument, version: string): string {
  const rollout = rollouts.find(({ releases }) =>
    releases.some((release) => release.id === `${id}@${version}`),
  )
  return rollout === undefined ? 'no rollout' : `${rollout.phase}, ${rollout.percent} %`
}

function remarksOf({ blocked, withdrawn, label }: PackageDocument['versions'][number]): string {
  const remarks = [
    blocked === null ? null : `blocked: ${blocked}`,
    withdrawn === null ? null : `withdrawn: ${withdrawn}`,
    label === null ? null : `${label.kind}: ${label.reason}`,
  ]
  return plain(remarks.filter((remark) => remark !== null).join('; '))
}
