import { html } from 'hono/html'
import type { FollowedCalendar } from '../../calendar/follow-calendar.ts'
import { labelSentence } from '../../catalog/hosted/maintainer-note.ts'
import { formatTime } from '../../gates/format-time.ts'
import type { PackageRecord, VersionRecord } from '../../ports/package-store.ts'
import type { UpstreamOutage } from '../../ports/upstream.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { MeasuredShare } from '../views/share-meter.ts'
import { calendarSection } from './calendar-table.ts'
import { dataTable, type Markup, pageLayout, showTime } from './page-layout.ts'
import { canaryTable, gateTable, historyList, otherReleaseList, stageTable } from './rollout-tables.ts'

/** What a list is of, as its address says. */
export interface Listing {
  /** Null: what is live first, then everything that ended. */
  readonly phase: string | null
  readonly items: readonly Explanation[]
  /** Live ones before the list; empty on later pages and where a phase was asked for. */
  readonly live: readonly Explanation[]
  /** Not all that are live fit on the page. */
  readonly hasMoreLive: boolean
  /** Query of the next page; null on the last. */
  readonly next: string | null
  /** Other indexes that do not answer as they should. */
  readonly outages: readonly UpstreamOutage[]
}

const phases = ['live', 'held', 'paused', 'completed', 'rolled-back', 'superseded', 'abandoned']

/** `/`: rollouts, those that are live first, a page at a time. */
export function overviewPage({ phase, items, live, hasMoreLive, next, outages }: Listing): Markup {
  const chips = [null, ...phases].map((one) => {
    const current = one === phase ? html` aria-current="page"` : ''
    return html`<a href="${one === null ? '/' : `/?phase=${one}`}"${current}>${one ?? 'all'}</a>`
  })
  const nothing = html`<p class="dim">${phase === null ? 'No rollouts yet. Publish a package to see one.' : `No rollout is ${phase}.`}</p>`
  const lists = [
    ...(live.length === 0
      ? []
      : [
          html`<h2>Live now</h2>${rolloutTable(live)}${hasMoreLive ? html`<p><a href="/?phase=live">All that are live</a></p>` : ''}`,
        ]),
    ...(items.length === 0
      ? []
      : [html`${live.length === 0 ? '' : html`<h2>Ended</h2>`}${rolloutTable(items)}`]),
  ]
  const more = next === null ? '' : html`<p><a href="${next}" rel="next">Older ones</a></p>`
  return pageLayout(
    'Rollouts',
    html`<h1>Rollouts</h1>${outages.map(outageNote)}<p class="chips">${chips}</p>${lists.length === 0 ? nothing : lists}${more}`,
  )
}

function outageNote({ ecosystem, url, credential, since, why }: UpstreamOutage): Markup {
  const named = credential === null ? '' : `, credentials of ${credential}`
  return html`<p class="hold">The ${ecosystem} upstream ${url}${named} is out of order since ${showTime(since)}: ${why}. What was kept from before is served, and nothing is blocked for it.</p>`
}

function rolloutTable(explanations: readonly Explanation[]): Markup {
  const rows = explanations.map((explanation) => [
    html`<a href="/rollouts/${explanation.rollout}">${releaseNames(explanation)}</a>`,
    html`<span class="${explanation.phase}">${explanation.phase}</span>`,
    explanation.percents
      ? html`<div>${explanation.percent} %<div class="bar"><div style="width: ${explanation.percent}%"></div></div></div>`
      : '',
    explanation.sentence,
  ])
  return dataTable(['release', 'phase', 'exposure', 'why'], rows)
}

/** `/packages`: what is hosted here and fits a search. */
export function searchPage(
  query: string,
  found: readonly string[],
  { isWhole, exceptions }: { readonly isWhole: boolean; readonly exceptions: number },
): Markup {
  const links = found.map((id) => html`<li><a href="/packages/${id.replace(':', '/')}">${id}</a></li>`)
  const nothing =
    query === '' ? 'No package is hosted here yet.' : `No package here has “${query}” in its name.`
  return pageLayout(
    query === '' ? 'Packages' : `Packages: ${query}`,
    html`<h1>Packages</h1>
${links.length === 0 ? html`<p class="dim">${nothing}</p>` : html`<ul>${links}</ul>`}
${isWhole ? '' : html`<p class="dim">There are more; search for a longer part of the name.</p>`}
${exceptions === 0 ? '' : html`<p><a href="/exceptions">Exceptions (${exceptions})</a></p>`}`,
  )
}

const endedPhases: ReadonlySet<string> = new Set(['completed', 'rolled-back', 'superseded', 'abandoned'])

/** What was counted of a rollout. */
interface Counted {
  /** A sentence about machines; empty where none reported. */
  readonly fleet?: string
  readonly measured?: MeasuredShare | null
}

/** `/rollouts/<id>`: where one rollout is, why, and what happens next. */
export function rolloutPage(
  explanation: Explanation,
  warnings: readonly string[],
  { fleet = '', measured = null }: Counted = {},
): Markup {
  const { phase, percent, percents, sentence, next, coverage } = explanation
  const title = releaseNames(explanation)
  const ended = endedPhases.has(phase)
  const baselines = explanation.releases.map(
    ({ candidate, baseline }) =>
      html`<li>${packageLink(candidate)}${phase === 'completed' ? ', for everybody' : `; others get ${baseline ?? 'nothing older'}`}</li>`,
  )
  const canaries = html`<h2>Canaries</h2>
<p class="dim">${coverage.decided} of ${coverage.admitted} admitted weight decided (${coverage.percent} %)</p>
${canaryTable(explanation.canaries)}`
  return pageLayout(
    title,
    html`<h1>${title}</h1>
<p><strong class="${phase}">${phase}</strong>${percents ? ` at ${percent} %` : ''}. ${sentence}</p>
${percents ? html`<div class="bar" role="img" aria-label="${percent} percent"><div style="width: ${percent}%"></div></div>` : ''}
${measured === null ? '' : html`<p>Measured: ${measured.share} % (${measured.got} of ${measured.requests} requests without a pin since ${showTime(measured.since)})</p>`}
${next.sentence === '' ? '' : html`<p>Next: ${next.sentence} ${next.at === null || next.sentence.includes(formatTime(next.at)) ? '' : showTime(next.at)}</p>`}
${fleet === '' ? '' : html`<p>${fleet}</p>`}
${otherReleaseList(explanation)}
<ul>${baselines}</ul>
${warnings.map((warning) => html`<p class="hold">${warning}</p>`)}
<h2>Stages</h2>${stageTable(explanation, ended)}
<h2>Gates</h2>${gateTable(explanation.gates)}
${explanation.canaries.length === 0 ? '' : canaries}
${
  ended
    ? ''
    : html`<h2>To act on it</h2><pre>slipway stop ${explanation.rollout} --reason "…" --as you     # from everybody, at once
slipway watch ${explanation.rollout}</pre>`
}
<h2>History</h2>${historyList(explanation)}
<p class="dim">${explanation.rollout} · <a href="/api/v1/rollouts/${explanation.rollout}">as JSON</a></p>`,
  )
}

/** What a package's page shows beside its record. */
interface PackageExtras {
  /** Why versions are blocked. */
  readonly blocked: ReadonlyMap<string, string>
  /** Null where there is none. */
  readonly readme: Markup | null
  /** Since when it is known that an upstream has a package of this name, too; null where none has. */
  readonly alsoUpstreamAt: number | null
  readonly publicUrl: string
  /** Null where its owner plans nothing. */
  readonly calendar: FollowedCalendar | null
}

/** `/packages/<ecosystem>/<name>`: the versions here and their rollouts. */
export function packagePage(
  record: PackageRecord,
  explanations: readonly Explanation[],
  { blocked, readme, alsoUpstreamAt, publicUrl, calendar }: PackageExtras,
): Markup {
  const scheme = schemeOf(record.id.startsWith('npm:') ? 'npm' : 'pypi')
  const versions = Object.values(record.versions).sort((a, b) => scheme.compare(b.version, a.version))
  const rows = versions.map((version) => {
    const release = `${record.id}@${version.version}`
    const explanation = explanations.find(({ releases }) => releases.some((it) => it.candidate === release))
    const state = explanation
      ? html`<a class="${explanation.phase}" href="/rollouts/${explanation.rollout}">${explanation.phase}${explanation.percents ? `, ${explanation.percent} %` : ''}</a>`
      : html`<span class="dim">no rollout</span>`
    return [
      version.version,
      showTime(version.createdAt),
      state,
      remarks(version, blocked.get(version.version)),
    ]
  })
  const newest = versions[0]?.version ?? ''
  return pageLayout(
    record.id,
    html`<h1>${record.id}</h1>
${statusNote(record.status)}
${alsoUpstreamAt === null ? '' : html`<p class="hold">Since ${showTime(alsoUpstreamAt)} the upstream has a package of this name, too: whoever installs past this server gets that one.</p>`}
<p class="dim"><a href="/api/v1/packages/${record.id.replace(':', '/')}/feed.atom">feed</a> of what happens to its releases</p>
<h2>Install</h2><pre>${installCommands(record.id, publicUrl)}</pre>
<h2>Versions</h2>${dataTable(['version', 'published', 'rollout', 'remarks'], rows)}
${calendar === null ? '' : calendarSection(record.id, calendar)}
${readme === null ? '' : html`<h2>README</h2><article>${readme}</article>`}
<h2>Badge</h2><p><img alt="badge of ${record.id}@${newest}" src="/badge/${record.id}@${newest}.svg"></p>
<pre>![${record.id}](${publicUrl}/badge/${record.id}@${newest}.svg)</pre>`,
  )
}

/** What to type, by client, with the address of this server. */
export function installCommands(id: string, publicUrl: string): string {
  const name = id.slice(id.indexOf(':') + 1)
  const [npm, pypi] = [`${publicUrl}/npm/`, `${publicUrl}/pypi/simple/`]
  const commands = id.startsWith('npm:')
    ? [
        `npm install ${name} --registry=${npm}`,
        `pnpm add ${name} --registry=${npm}`,
        `YARN_NPM_REGISTRY_SERVER=${npm} yarn add ${name}`,
        `BUN_CONFIG_REGISTRY=${npm} bun add ${name}`,
        `NPM_CONFIG_REGISTRY=${npm} deno add npm:${name}`,
      ]
    : [
        `pip install --index-url ${pypi} ${name}`,
        `uv add --default-index ${pypi} ${name}`,
        `poetry source add --priority=primary slipway ${pypi} && poetry add ${name}`,
        `pdm config pypi.url ${pypi} && pdm add ${name}`,
      ]
  return commands.join('\n')
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
