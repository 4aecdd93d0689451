import { html } from 'hono/html'
import { labelSentence } from '../../catalog/hosted/maintainer-note.ts'
import type { PackageRecord, VersionRecord } from '../../ports/package-store.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { type Markup, pageLayout, showTime } from './page-layout.ts'
import { canaryTable, gateTable, historyList, stageTable } from './rollout-tables.ts'

/** `/`: every rollout, newest first. */
export function overviewPage(explanations: readonly Explanation[]): Markup {
  const rows = explanations.map(
    (explanation) => html`<tr>
<td><a href="/rollouts/${explanation.rollout}">${releaseNames(explanation)}</a></td>
<td class="${explanation.phase}">${explanation.phase}</td>
<td>${explanation.percent} %<div class="bar"><div style="width: ${explanation.percent}%"></div></div></td>
<td>${explanation.sentence}</td>
</tr>`,
  )
  const table = html`<div class="scroll"><table>
<thead><tr><th>release</th><th>phase</th><th>exposure</th><th>why</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
  const nothing = html`<p class="dim">No rollouts yet. Publish a package to see one.</p>`
  return pageLayout('Rollouts', html`<h1>Rollouts</h1>${rows.length === 0 ? nothing : table}`)
}

/** `/rollouts/<id>`: where one rollout is, why, and what happens next. */
export function rolloutPage(explanation: Explanation, warnings: readonly string[]): Markup {
  const { phase, percent, sentence, next, coverage } = explanation
  const title = releaseNames(explanation)
  const baselines = explanation.releases.map(
    ({ candidate, baseline }) =>
      html`<li>${packageLink(candidate)}, others get ${baseline ?? 'nothing older'}</li>`,
  )
  const canaries = html`<h2>Canaries</h2>
<p class="dim">${coverage.decided} of ${coverage.admitted} admitted weight decided (${coverage.percent} %)</p>
${canaryTable(explanation.canaries)}`
  return pageLayout(
    title,
    html`<h1>${title}</h1>
<p><strong class="${phase}">${phase}</strong> at ${percent} %. ${sentence}</p>
<div class="bar" role="img" aria-label="${percent} percent"><div style="width: ${percent}%"></div></div>
<p>Next: ${next.sentence} ${next.at === null ? '' : showTime(next.at)}</p>
<ul>${baselines}</ul>
${warnings.map((warning) => html`<p class="hold">${warning}</p>`)}
<h2>Stages</h2>${stageTable(explanation.stages)}
<h2>Gates</h2>${gateTable(explanation.gates)}
${explanation.canaries.length === 0 ? '' : canaries}
<h2>History</h2>${historyList(explanation.history)}
<p class="dim">${explanation.rollout} · <a href="/api/v1/rollouts/${explanation.rollout}">as JSON</a></p>`,
  )
}

/** `/packages/<ecosystem>/<name>`: the versions here and their rollouts. */
export function packagePage(
  record: PackageRecord,
  explanations: readonly Explanation[],
  blocked: ReadonlyMap<string, string>,
): Markup {
  const scheme = schemeOf(record.id.startsWith('npm:') ? 'npm' : 'pypi')
  const versions = Object.values(record.versions).sort((a, b) => scheme.compare(b.version, a.version))
  const rows = versions.map((version) => {
    const release = `${record.id}@${version.version}`
    const explanation = explanations.find(({ releases }) => releases.some((it) => it.candidate === release))
    const state = explanation
      ? html`<a class="${explanation.phase}" href="/rollouts/${explanation.rollout}">${explanation.phase}, ${explanation.percent} %</a>`
      : html`<span class="dim">no rollout</span>`
    return html`<tr><td>${version.version}</td><td>${showTime(version.createdAt)}</td><td>${state}</td><td>${remarks(version, blocked.get(version.version))}</td></tr>`
  })
  return pageLayout(
    record.id,
    html`<h1>${record.id}</h1>
${statusNote(record.status)}
<p class="dim"><a href="/api/v1/packages/${record.id.replace(':', '/')}/feed.atom">feed</a> of what happens to its releases</p>
<div class="scroll"><table>
<thead><tr><th>version</th><th>published</th><th>rollout</th><th>remarks</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`,
  )
}

/** A page that says why there is no other. */
function remarks({ withdrawn, label }: VersionRecord, blocked: string | undefined): string {
  const said = [
    blocked === undefined ? null : `Blocked: ${blocked}`,
    withdrawn === null ? null : `Withdrawn: ${withdrawn}`,
    label === undefined ? null : labelSentence(label),
  ]
  return said.filter((remark) => remark !== null).join(' · ')
}

function statusNote(status: PackageRecord['status']): Markup | string {
  if (status === undefined || status.kind === 'active') return ''
  return html`<p><strong class="hold">${status.kind}</strong>${status.reason === null ? '' : `: ${status.reason}`}</p>`
}

export function problemPage(title: string, detail: string): Markup {
  return pageLayout(title, html`<h1>${title}</h1><p>${detail}</p>`)
}

function releaseNames(explanation: Explanation): string {
  return explanation.releases.map(({ candidate }) => candidate).join(', ')
}

function packageLink(release: string): Markup {
  const id = release.slice(0, release.lastIndexOf('@'))
  return html`<a href="/packages/${id.replace(':', '/')}">${release}</a>`
}
