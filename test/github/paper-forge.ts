import type { Forge, ForgeFailure } from '../../src/ports/forge.ts'

interface Issue {
  title: string
  body: string
  labels: readonly string[]
  state: 'open' | 'closed'
  readonly comments: Map<number, { body: string; readonly marker: string }>
}

/** The writing half of the forge on paper: issues, comments and dispatches as a person would find them. */
export interface PaperForge {
  readonly issues: Map<number, Issue>
  readonly dispatched: {
    readonly workflow: string
    readonly ref: string
    readonly input: Record<string, unknown>
    readonly marker: string | undefined
  }[]
  /** Numbers of the pull requests that every comparison contains. */
  pullRequests: readonly number[]
  readonly compared: string[]
  /** Issues that people opened, and the labels that were asked for. */
  openIssues: readonly { number: number; title: string; labels: readonly string[]; updatedAt: number }[]
  readonly soughtLabels: string[]
  /** The failure of the next calls; null: they work. */
  failing: ForgeFailure | null
  readonly writing: Pick<
    Forge,
    | 'dispatch'
    | 'createIssue'
    | 'openIssues'
    | 'issue'
    | 'updateIssue'
    | 'upsertComment'
    | 'pullRequestsBetween'
  >
}

const gone: ForgeFailure = { kind: 'gone', message: '404: not found', retryAt: null }

export function createPaperForge(): PaperForge {
  const ok = <T>(value: T) =>
    paper.failing === null ? ({ ok: true, value } as const) : ({ ok: false, failure: paper.failing } as const)
  const missing = { ok: false, failure: gone } as const
  let ids = 100
  const paper: PaperForge = {
    issues: new Map(),
    dispatched: [],
    pullRequests: [],
    compared: [],
    openIssues: [],
    soughtLabels: [],
    failing: null,
    writing: {
      async dispatch(_, workflow, ref, inputs, marker) {
        if (paper.failing !== null) return ok({ runId: null, url: null })
        paper.dispatched.push({ workflow, ref, input: JSON.parse(inputs.slipway ?? '{}'), marker })
        ids += 1
        return ok({ runId: ids, url: `https://github.test/runs/${ids}` })
      },
      async createIssue(_, { title, body, labels, marker }) {
        if (paper.failing !== null) return ok({ number: 0, url: '' })
        const found = [...paper.issues].find(([, issue]) => issue.body.includes(marker))
        const number = found?.[0] ?? paper.issues.size + 4
        if (found === undefined)
          paper.issues.set(number, { title, body, labels, state: 'open', comments: new Map() })
        const url = `https://github.test/acme/lib/issues/${number}`
        return ok({ number, url, found: found !== undefined })
      },
      async openIssues(_, label) {
        paper.soughtLabels.push(label)
        return ok(paper.openIssues.filter(({ labels }) => labels.includes(label)))
      },
      async issue(_, number) {
        const issue = paper.issues.get(number)
        if (issue === undefined) return missing
        const { title, body, labels, state } = issue
        return ok({ title, body, labels, open: state === 'open', updatedAt: 0 })
      },
      async updateIssue(_, number, change) {
        const issue = paper.issues.get(number)
        if (issue === undefined) return missing
        if (paper.failing === null) Object.assign(issue, change)
        return ok(undefined)
      },
      async upsertComment(_, number, { body, marker, knownId }) {
        if (paper.failing !== null) return ok({ id: 0 })
        const empty: Issue = { title: '', body: '', labels: [], state: 'open', comments: new Map() }
        const issue = paper.issues.get(number) ?? empty
        paper.issues.set(number, issue)
        const known =
          knownId !== null && knownId !== undefined && issue.comments.has(knownId) ? knownId : undefined
        const found = known ?? [...issue.comments].find(([, comment]) => comment.marker === marker)?.[0]
        ids += 1
        issue.comments.set(found ?? ids, { body, marker })
        return ok({ id: found ?? ids })
      },
      async pullRequestsBetween(_, base, head) {
        paper.compared.push(`${base}...${head}`)
        return ok(paper.pullRequests)
      },
    },
  }
  return paper
}
