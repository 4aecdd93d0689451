import type { Hono } from 'hono'
import type { Log } from '../engine/core/log.ts'
import type { AdvisoryStore } from '../ports/advisory-store.ts'
import type { Deliveries } from '../ports/deliveries.ts'
import type { Effector } from '../ports/effector.ts'
import type { Forge } from '../ports/forge.ts'
import { systemClock } from '../stores/system-clock.ts'
import { keepApp, keptApp } from './kept-app.ts'
import type { ServeSettings } from './settings.ts'

/** GitHub as the server's App sees it. */
export interface Github {
  readonly forge: Forge
  readonly effector: Effector
  /** Of each App that tells of webhooks. */
  readonly deliveries: readonly Deliveries[]
}

/** Octokit and Probot are loaded only where an App is configured: without one they would be idle memory. */
async function connect(
  app: NonNullable<ServeSettings['app']>,
  publicUrl: string,
  advisories: AdvisoryStore,
): Promise<Github> {
  const { createGithubForge } = await import('../github/calls/forge.ts')
  const { createGithubEffector } = await import('../github/effects/effector.ts')
  const { joinForges } = await import('../github/calls/join-forges.ts')
  const { apiUrl, throttle, dependents } = app
  const { createRequestQueue } = await import('../github/calls/request-queue.ts')
  // One for both Apps, and for looking up their deliveries: together they stay within what one address may ask.
  const queue = createRequestQueue(systemClock, throttle)
  const github = { apiUrl, throttle, queue, clock: systemClock }
  const owners = createGithubForge({ ...github, ...app })
  const forge =
    dependents === null
      ? owners
      : joinForges(owners, createGithubForge({ ...github, ...dependents, oneFile: true }))
  const { createGithubDeliveries } = await import('../github/calls/deliveries.ts')
  const apps = dependents === null ? [app] : [app, dependents]
  const deliveries = apps.map((one) => createGithubDeliveries({ ...github, ...one }))
  return { forge, effector: createGithubEffector({ forge, publicUrl, advisories }), deliveries }
}

/** The App that the setup pages left under the data folder. */
async function appOfFolder({ data, githubApiUrl }: ServeSettings): Promise<ServeSettings['app']> {
  const kept = await keptApp(data)
  return kept === null
    ? null
    : { ...kept, appId: String(kept.appId), apiUrl: githubApiUrl, throttle: true, dependents: null }
}

/** Loaded only where there is no App yet. */
async function openSetup({ data, adminTokenSha256, githubApiUrl }: ServeSettings, publicUrl: string) {
  const { createSetup } = await import('../server/setup/setup-routes.ts')
  const { exchangeCode } = await import('../server/setup/made-app.ts')
  // `api.github.com` is of `github.com`; an Enterprise server's API lies below its own address.
  const githubUrl = githubApiUrl.replace(/\/api\/v3\/?$/, '').replace('//api.github.com', '//github.com')
  return createSetup({
    clock: systemClock,
    adminTokenSha256,
    publicUrl,
    githubUrl: githubUrl.replace(/\/+$/, ''),
    exchange: (code) => exchangeCode(githubApiUrl, code),
    keep: (app) => keepApp(data, app),
  })
}

/** What a server has of GitHub: its App as configured or kept, or the pages that make one. */
export async function openGithub(
  settings: ServeSettings,
  publicUrl: string,
  advisories: AdvisoryStore,
  log: Log,
): Promise<{
  readonly app: ServeSettings['app']
  readonly github: Github | null
  readonly setup: Hono | null
}> {
  const app = settings.app ?? (await appOfFolder(settings))
  if (app !== null) return { app, github: await connect(app, publicUrl, advisories), setup: null }
  const { routes, code } = await openSetup(settings, publicUrl)
  // To the server's own terminal: it opens the setup pages once.
  log.info(`GitHub is not connected: open ${publicUrl}/setup with the code ${code} (15 minutes, once)`)
  return { app: null, github: null, setup: routes }
}
