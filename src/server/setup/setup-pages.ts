import { html } from 'hono/html'
import { type Markup, pageLayout } from '../pages/page-layout.ts'
import { githubManifest } from './github-manifest.ts'
import type { SetupSession } from './setup-sessions.ts'

/** The first page: who are you? */
export function doorPage(wrong: boolean): Markup {
  return pageLayout(
    'Setup',
    html`<h1>Connect this server with GitHub</h1>
${wrong ? html`<p class="bad"><strong>These words open nothing.</strong> The code works once and for 15 minutes after the start of the server.</p>` : ''}
<form method="post" action="/setup">
<p><label>Admin token (<code>SLIPWAY_ADMIN_TOKEN</code>), or the code that the server printed to its terminal<br>
<input name="words" type="password" autocomplete="off" required></label></p>
<p><button>Go on</button></p>
</form>`,
  )
}

/** The second page: GitHub makes the App from the manifest. `githubUrl`: where people see GitHub. */
export function makePage(session: SetupSession, githubUrl: string, publicUrl: string): Markup {
  const manifest = JSON.stringify(githubManifest(publicUrl))
  const isSecure = publicUrl.startsWith('https:')
  const form = (
    path: string,
    words: string,
  ) => html`<form method="post" action="${`${githubUrl}${path}?state=${session.state}`}">
<input type="hidden" name="manifest" value="${manifest}">
<p><button>${words}</button></p>
</form>`
  return pageLayout(
    'Setup',
    html`<h1>Make the GitHub App</h1>
<p>GitHub shows what the App may do and asks you for its name. Webhooks go to <code>${publicUrl}/api/github/webhooks</code>.</p>
${isSecure ? '' : html`<p class="wait">GitHub has to reach this address, and it is no https one. Set <code>SLIPWAY_PUBLIC_URL</code> to the address under which GitHub reaches this server, and start it again.</p>`}
${form('/settings/apps/new', 'Make it in my own account')}
<h2>In an organisation</h2>
<form method="get" action="/setup"><p><label>Its name <input name="organisation" pattern="[A-Za-z0-9-]{1,39}" required></label> <button>Choose</button></p></form>`,
  )
}

/** The second page for an organisation. */
export function organisationPage(
  session: SetupSession,
  githubUrl: string,
  publicUrl: string,
  organisation: string,
): Markup {
  const manifest = JSON.stringify(githubManifest(publicUrl))
  const action = `${githubUrl}/organizations/${organisation}/settings/apps/new?state=${session.state}`
  return pageLayout(
    'Setup',
    html`<h1>Make the GitHub App</h1>
<form method="post" action="${action}"><input type="hidden" name="manifest" value="${manifest}">
<p><button>Make it in ${organisation}</button></p></form>`,
  )
}

/** The third page: nothing is stored before somebody has seen whose App it is. */
export function confirmPage({ state, made }: SetupSession): Markup {
  if (made === null) return doorPage(false)
  const permissions = Object.entries(made.permissions)
  return pageLayout(
    'Setup',
    html`<h1>Is this the App?</h1>
<p><a href="${made.url}">${made.slug}</a> of the account <strong>${made.owner}</strong>. It may:</p>
<ul>${permissions.map(([name, level]) => html`<li>${name}: ${level}</li>`)}</ul>
<form method="post" action="/setup/confirm"><input type="hidden" name="state" value="${state}">
<p><button>Yes, keep its key on this server</button></p></form>`,
  )
}

/** The last page. */
export function donePage(file: string, installUrl: string): Markup {
  return pageLayout(
    'Setup',
    html`<h1>Kept</h1>
<ol>
<li>The App's id, key and webhook secret are in <code>${file}</code>. Start the server again: it works as that App then, and these pages are gone.</li>
<li><a href="${installUrl}">Install the App</a> on the repositories that release packages. Dependents install it the same way.</li>
<li>Say which repository owns a package: <code>slipway package owner npm:demo acme/demo</code>. Its next release opens the first tracking issue.</li>
</ol>`,
  )
}
