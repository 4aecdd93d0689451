import type { CliContext } from '../cli-context.ts'
import { plain } from '../paint.ts'
import type { Finding } from './finding.ts'

/** Whether package clients of this machine would go through a proxy to the server, while this program does not. */
export function lookAtProxies(server: string, { env }: CliContext): readonly Finding[] {
  const { protocol, hostname } = new URL(server)
  const names = protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const all = [...names, 'all_proxy', 'ALL_PROXY', 'npm_config_proxy', 'npm_config_https_proxy', 'PIP_PROXY']
  const set = all.filter((name) => (env[name] ?? '') !== '')
  if (set.length === 0) return []
  const exempt = [env.no_proxy, env.NO_PROXY, env.npm_config_noproxy].join(',').split(',')
  if (exempt.some((entry) => covers(entry.trim(), hostname)))
    return [{ what: 'proxy', state: 'ok', says: `${set.join(', ')}: not used for ${hostname} (NO_PROXY)` }]
  const through = plain(hostOf(env[set[0] ?? ''] ?? ''))
  const says = `${set.join(', ')}: clients ask ${hostname} through ${through}, this program does not; where they fail and this does not, add ${hostname} to NO_PROXY`
  return [{ what: 'proxy', state: 'note', says }]
}

/** An entry of NO_PROXY: `*`, a host, or a domain that stands for all below it; a port counts for nothing here. */
function covers(entry: string, host: string): boolean {
  if (entry === '*') return true
  const name = entry.replace(/:\d+$/, '').replace(/^\*?\./, '')
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

/** Without what may be a password. */
function hostOf(proxy: string): string {
  const url = proxy.includes('://') ? proxy : `http://${proxy}`
  return URL.canParse(url) ? new URL(url).host : 'something that is no address'
}
