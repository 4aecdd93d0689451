import type { Fields, RepositoryFields } from './layer.ts'

/** An advisory as its author writes it down. */
export interface NewAdvisory {
  readonly id: string
  readonly summary: string
  readonly severity: 'low' | 'medium' | 'high' | 'critical'
  /** GitHub's name of the ecosystem, `pip` or `npm`; the package; the range, `>= 1.1, < 1.2`. */
  readonly affected: readonly (readonly [string, string, string])[]
}

/** The `repository_advisory` of a `published` webhook. */
export function advisoryPart(repository: RepositoryFields, advisory: NewAdvisory, author: Fields): Fields {
  const now = new Date().toISOString()
  return {
    ghsa_id: advisory.id,
    cve_id: null,
    url: `${repository.url}/security-advisories/${advisory.id}`,
    html_url: `${repository.html_url}/security/advisories/${advisory.id}`,
    summary: advisory.summary,
    description: advisory.summary,
    severity: advisory.severity,
    author,
    publisher: author,
    identifiers: [{ type: 'GHSA', value: advisory.id }],
    state: 'published',
    created_at: now,
    updated_at: now,
    published_at: now,
    closed_at: null,
    withdrawn_at: null,
    submission: null,
    vulnerabilities: advisory.affected.map(([ecosystem, name, range]) => ({
      package: { ecosystem, name },
      vulnerable_version_range: range,
      patched_versions: null,
      vulnerable_functions: [],
    })),
    cvss: null,
    cwes: [],
    cwe_ids: [],
    credits: [],
    credits_detailed: [],
    collaborating_users: null,
    collaborating_teams: null,
    private_fork: null,
  }
}

/** The `check_suite` of a `completed` webhook. */
export function suitePart(repository: RepositoryFields, sha: string, commit: Fields): Fields {
  const now = new Date().toISOString()
  const url = `${repository.url}/check-suites/1`
  const { login, id } = repository.owner
  return {
    id: 1,
    node_id: 'CS_1',
    head_branch: repository.default_branch,
    head_sha: sha,
    status: 'completed',
    conclusion: 'failure',
    url,
    before: null,
    after: null,
    pull_requests: [],
    app: {
      id: 15368,
      node_id: 'A_1',
      owner: { login, id },
      name: 'GitHub Actions',
      description: null,
      external_url: null,
      html_url: `${repository.html_url}/apps/github-actions`,
      created_at: now,
      updated_at: now,
    },
    created_at: now,
    updated_at: now,
    latest_check_runs_count: 1,
    check_runs_url: `${url}/check-runs`,
    head_commit: {
      id: sha,
      tree_id: (commit.tree as Fields).sha,
      message: commit.message,
      timestamp: now,
      author: commit.author,
      committer: commit.committer,
    },
  }
}
