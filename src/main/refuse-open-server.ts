import type { ServeSettings } from './settings.ts'

/** Without an admin token nobody could stop what strangers do to a server that they reach. */
export function refuseOpenServer({ host, adminTokenSha256 }: ServeSettings): void {
  const isLoopback = host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  if (isLoopback || adminTokenSha256 !== null) return
  throw new Error(
    `SLIPWAY_ADMIN_TOKEN: got nothing, expected a long secret, because the server would listen on ${host}; without it only 127.0.0.1 is listened on`,
  )
}
