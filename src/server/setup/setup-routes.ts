import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Clock } from '../../ports/clock.ts'
import { problemResponse } from '../http/problem.ts'
import { prefixOf } from '../pages/below-prefix.ts'
import type { MadeApp } from './made-app.ts'
import { confirmPage, donePage, doorPage, makePage, organisationPage } from './setup-pages.ts'
import { createSetupSessions, type SetupSession } from './setup-sessions.ts'

export interface SetupOptions {
  readonly clock: Clock
  readonly adminTokenSha256: string | null
  /** Where people and GitHub reach this server: never read from a header. */
  readonly publicUrl: string
  /** Where people see GitHub, without a slash at the end. */
  readonly githubUrl: string
  /** The App behind a code of GitHub's; null when there is none. */
  readonly exchange: (code: string) => Promise<MadeApp | null>
  /** Stores the App; resolves to the name of the file. */
  readonly keep: (app: MadeApp) => Promise<string>
}

/** The pages that make the server's GitHub App. They exist only while it has none. */
export interface Setup {
  readonly routes: Hono
  /** Opens a session once; the server prints it to its own terminal. */
  readonly code: string
}

const cookie = 'slipway_setup'

/** `GET /setup`: GitHub's manifest flow, for whoever has the admin token or the code of the terminal. */
export function createSetup(options: SetupOptions): Setup {
  const { publicUrl, githubUrl } = options
  const sessions = createSetupSessions(options.clock, options.adminTokenSha256)
  const routes = new Hono()
  let isDone = false

  const gone = () => problemResponse({ status: 404, detail: 'There is nothing under this address.' })
  const strange = () =>
    problemResponse({
      status: 403,
      detail: 'This was not begun by this session. Open /setup and begin again.',
    })

  routes.use('/setup/*', async (c, next) => {
    if (isDone) return gone()
    await next()
    c.header('cache-control', 'no-store')
    c.header('referrer-policy', 'no-referrer')
  })
  const sessionOf = (id: string | undefined): SetupSession | null => sessions.find(id ?? '')

  routes.get('/setup', (c) => {
    const session = sessionOf(getCookie(c, cookie))
    if (session === null) return c.html(doorPage(false))
    if (session.made !== null) return c.html(confirmPage(session))
    const organisation = c.req.query('organisation')
    return organisation !== undefined && /^[A-Za-z0-9-]{1,39}$/.test(organisation)
      ? c.html(organisationPage(session, githubUrl, publicUrl, organisation))
      : c.html(makePage(session, githubUrl, publicUrl))
  })

  routes.post('/setup', async (c) => {
    const { words } = await c.req.parseBody()
    const session = sessions.open(typeof words === 'string' ? words : '')
    if (session === null) return c.html(doorPage(true), 403)
    const secure = publicUrl.startsWith('https:')
    // Lax: GitHub sends people back with a plain link.
    const path = `${prefixOf(publicUrl)}/setup`
    setCookie(c, cookie, session.id, { httpOnly: true, sameSite: 'Lax', path, secure })
    return c.redirect('/setup', 303)
  })

  routes.get('/setup/made', async (c) => {
    const session = sessionOf(getCookie(c, cookie))
    if (session === null || c.req.query('state') !== session.state) return strange()
    const made = await options.exchange(c.req.query('code') ?? '')
    if (made === null) {
      const detail = 'GitHub knows no App for this code. Open /setup and make it again.'
      return problemResponse({ status: 502, detail })
    }
    session.made = made
    return c.redirect('/setup', 303)
  })

  routes.post('/setup/confirm', async (c) => {
    const session = sessionOf(getCookie(c, cookie))
    const { state } = await c.req.parseBody()
    if (session === null || session.made === null || state !== session.state) return strange()
    const { made } = session
    const file = await options.keep(made)
    isDone = true
    sessions.close()
    return c.html(donePage(file, `${made.url}/installations/new`))
  })

  return { routes, code: sessions.code }
}
