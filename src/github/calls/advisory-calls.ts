import type { AdvisoryReader } from '../../ports/forge.ts'
import type { Connection } from './connection.ts'
import { namedAdvisories } from './repository-advisory.ts'
import { pathOf, scopeOf } from './repository-path.ts'

const pageSize = 100
/** Nobody has two thousand advisories; an answer without end must not be read without end. */
const mostPages = 20

/** The part of the forge that reads what a repository has published against its own packages. */
export function advisoryCalls(connection: Connection): AdvisoryReader {
  return {
    publishedAdvisories: (repository) =>
      // What a public repository has published is for everybody; tokens cannot be narrowed to more than that.
      connection.asInstallation(scopeOf(repository, { metadata: 'read' }), async (octokit) => {
        const found = []
        let after: string | null = null
        for (let page = 0; page < mostPages; page += 1) {
          const { data, headers } = await octokit.request('GET /repos/{owner}/{repo}/security-advisories', {
            ...pathOf(repository),
            state: 'published',
            per_page: pageSize,
            ...(after === null ? {} : { after }),
          })
          found.push(...data.flatMap(namedAdvisories))
          after = nextAfter(headers.link ?? '')
          if (after === null) break
        }
        return found
      }),
  }
}

/** The cursor of the next page; null on the last one. */
function nextAfter(link: string): string | null {
  const next = link.split(',').find((part) => part.includes('rel="next"'))
  const address = next?.match(/<([^>]+)>/)?.[1]
  return address === undefined ? null : new URL(address).searchParams.get('after')
}
