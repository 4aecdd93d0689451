import type { Deliveries, FailedDelivery } from '../../ports/deliveries.ts'
import { createConnection, type GithubSettings } from './connection.ts'

const pageSize = 100

/** The webhook deliveries of an App. GitHub forgets them after three days. */
export function createGithubDeliveries(settings: GithubSettings): Deliveries {
  const connection = createConnection(settings)
  return {
    failed: (since) =>
      connection.asApp(async (octokit) => {
        const found: FailedDelivery[] = []
        for (let cursor: string | undefined; ; ) {
          const { data, headers } = await octokit.request('GET /app/hook/deliveries', {
            status: 'failure',
            per_page: pageSize,
            ...(cursor === undefined ? {} : { cursor }),
          })
          for (const { id, guid, delivered_at: at } of data) {
            if (Date.parse(at) < since) return found
            found.push({ id: Number(id), guid })
          }
          cursor = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(headers.link ?? '')?.[1]
          if (cursor === undefined) return found
        }
      }),
    redeliver: (id) =>
      connection.asApp(async (octokit) => {
        await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id })
      }),
  }
}
