import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UpstreamCounts, UpstreamOutage } from '../../ports/upstream.ts'
import type { Phase } from '../../rollout/history/state.ts'
import type { RequestPath } from '../http/request-path.ts'
import type { ProxyNotice } from '../views/proxy-notices.ts'
import type { MeasuredShare } from '../views/share-meter.ts'

/** Counts answers by what was asked for; never by path, which may hold a key. */
export interface RequestCounter {
  count(request: IncomingMessage, response: ServerResponse, path: RequestPath): void
  /** `route`, `status` and how often. */
  totals(): readonly { readonly route: string; readonly status: number; readonly count: number }[]
}

/** Starts at zero with the process. */
export function createRequestCounter(): RequestCounter {
  const counts = new Map<string, { route: string; status: number; count: number }>()
  return {
    count: (request, response, path) => {
      const route = routeOf(request.method ?? '', path.rest)
      // `finish` comes once by itself; `once` would cost more than the counting.
      response.on('finish', () => {
        const key = `${route} ${response.statusCode}`
        const known = counts.get(key)
        if (known) known.count += 1
        else counts.set(key, { route, status: response.statusCode, count: 1 })
      })
    },
    totals: () => [...counts.values()],
  }
}

const areas = ['npm', 'pypi', 'api', 'badge', 'rollouts', 'packages', 'metrics', 'healthz', 'readyz'] as const

function routeOf(method: string, rest: string): string {
  const area =
    areas.find((known) => rest.startsWith(known, 1) && '/'.startsWith(rest.charAt(known.length + 1))) ??
    (rest === '/' ? 'pages' : 'other')
  const kind =
    area === 'npm' || area === 'pypi' ? (method === 'GET' || method === 'HEAD' ? '-read' : '-write') : ''
  return `${area}${kind}`
}

/** The metrics page in the Prometheus text format (version 0.0.4). */
export function metricsText(facts: {
  readonly phases: Readonly<Record<Phase, number>>
  readonly requests: ReturnType<RequestCounter['totals']>
  readonly inboxPending: number
  readonly upstream: UpstreamCounts | null
  readonly outages: readonly UpstreamOutage[]
  readonly proxies: readonly ProxyNotice[]
  readonly shares: ReadonlyMap<string, MeasuredShare>
}): string {
  const rollouts = Object.entries(facts.phases).map(
    ([phase, count]) => `slipway_rollouts{phase="${phase}"} ${count}`,
  )
  const requests = facts.requests.map(
    ({ route, status, count }) => `slipway_requests_total{route="${route}",status="${status}"} ${count}`,
  )
  return [
    '# HELP slipway_rollouts Rollouts by phase.',
    '# TYPE slipway_rollouts gauge',
    ...rollouts,
    '# HELP slipway_requests_total Answers by kind of request and status.',
    '# TYPE slipway_requests_total counter',
    ...requests,
    '# HELP slipway_inbox_pending Webhook deliveries stored and not yet handled, counted up to 1000.',
    '# TYPE slipway_inbox_pending gauge',
    `slipway_inbox_pending ${facts.inboxPending}`,
    '# HELP slipway_rollout_measured_percent Share of the unpinned requests of the last day that got the candidate.',
    '# TYPE slipway_rollout_measured_percent gauge',
    ...[...facts.shares].map(
      ([rollout, { stated, share, reach }]) =>
        `slipway_rollout_measured_percent{rollout="${rollout}",stated="${stated}",reach="${reach ?? 'unknown'}"} ${share}`,
    ),
    '# HELP slipway_hidden_by_proxy_requests Reads of the last day whose client address a proxy hides, by peer and the setting that helps.',
    '# TYPE slipway_hidden_by_proxy_requests gauge',
    ...facts.proxies.map(
      ({ peer, kind, requests }) =>
        `slipway_hidden_by_proxy_requests{peer="${peer}",kind="${kind}",setting="trustedProxies"} ${requests}`,
    ),
    ...(facts.upstream === null ? [] : upstreamLines(facts.upstream, facts.outages)),
    '',
  ].join('\n')
}

function upstreamLines(
  { requests, changes, staleAnswers, ownNames }: UpstreamCounts,
  outages: readonly UpstreamOutage[],
): readonly string[] {
  return [
    '# HELP slipway_upstream_out_of_order Upstreams that do not answer as they should; what was kept is served.',
    '# TYPE slipway_upstream_out_of_order gauge',
    ...(['npm', 'pypi'] as const).map(
      (ecosystem) =>
        `slipway_upstream_out_of_order{ecosystem="${ecosystem}"} ${outages.some((one) => one.ecosystem === ecosystem) ? 1 : 0}`,
    ),
    '# HELP slipway_upstream_own_names Names that are published here and at an upstream, too.',
    '# TYPE slipway_upstream_own_names gauge',
    `slipway_upstream_own_names ${ownNames}`,
    '# HELP slipway_upstream_requests_total Requests to other indexes by what came of them.',
    '# TYPE slipway_upstream_requests_total counter',
    ...requests.map(
      ({ ecosystem, outcome, count }) =>
        `slipway_upstream_requests_total{ecosystem="${ecosystem}",outcome="${outcome}"} ${count}`,
    ),
    '# HELP slipway_upstream_stale_total Answers made from what an upstream had not confirmed in time.',
    '# TYPE slipway_upstream_stale_total counter',
    `slipway_upstream_stale_total ${staleAnswers}`,
    '# HELP slipway_upstream_changes_total Changes that upstreams made to what they had already published.',
    '# TYPE slipway_upstream_changes_total counter',
    ...changes.map(({ kind, count }) => `slipway_upstream_changes_total{kind="${kind}"} ${count}`),
  ]
}
