import { randomBytes } from 'node:crypto'
import type { AppSettings } from './emulator.ts'
import type { Fields, Handler, Layer } from './layer.ts'
import { Refused } from './layer.ts'
import type { RepositoryStates } from './repository-states.ts'

/** What a page answers a browser. */
export interface Page {
  readonly status: number
  readonly location?: string
  readonly text: string
}

const slug = 'slipway-made'
const hour = 3_600_000

/** Where people make an App from a manifest and install it. It is always the one App that the stand-in has. */
export class AppMaking {
  readonly #layer: Layer
  readonly #app: AppSettings
  readonly #states: RepositoryStates
  readonly #codes = new Map<
    string,
    { readonly manifest: Fields; readonly owner: string; readonly until: number }
  >()
  readonly #problems: (problems: readonly string[]) => void

  constructor(
    layer: Layer,
    app: AppSettings,
    states: RepositoryStates,
    problems: (problems: readonly string[]) => void,
  ) {
    this.#layer = layer
    this.#app = app
    this.#states = states
    this.#problems = problems
  }

  /** The pages under the web address, and forms that are posted to them; null for any other. */
  page(method: string, url: URL, form: URLSearchParams): Page | null {
    const organisation = /^\/organizations\/([^/]+)\/settings\/apps\/new$/.exec(url.pathname)?.[1]
    if (method === 'POST' && (organisation !== undefined || url.pathname === '/settings/apps/new'))
      return this.#make(url, form, organisation ?? this.#layer.accounts.users[0] ?? '')
    if (url.pathname === `/apps/${slug}/installations/new`) return this.#install(method, form)
    return null
  }

  handlers(): [string, Handler][] {
    return [
      ['POST /app-manifests/{code}/conversions', (request) => this.#convert(request.operation.params.code)],
    ]
  }

  #make(url: URL, form: URLSearchParams, owner: string): Page {
    const manifest = JSON.parse(form.get('manifest') ?? '{}') as Fields
    const redirect = manifest.redirect_url
    const problems = [
      ...(typeof manifest.name === 'string' && manifest.name.length <= 34
        ? []
        : ['name: at most 34 characters']),
      ...(typeof manifest.url === 'string' ? [] : ['url: missing']),
      ...(typeof redirect === 'string' ? [] : ['redirect_url: missing']),
      ...((manifest.default_events as string[]).includes('installation')
        ? ['default_events: installation comes by itself and is refused']
        : []),
    ]
    if (problems.length > 0) {
      this.#problems(problems)
      return { status: 422, text: problems.join('\n') }
    }
    const code = randomBytes(10).toString('hex')
    this.#codes.set(code, { manifest, owner, until: Date.now() + hour })
    const location = `${redirect}?code=${code}&state=${url.searchParams.get('state') ?? ''}`
    return { status: 302, location, text: '' }
  }

  #install(method: string, form: URLSearchParams): Page {
    const account = form.get('account')
    if (method !== 'POST' || account === null)
      return {
        status: 200,
        text: '<form method="post"><input name="account"><button>Install</button></form>',
      }
    this.#states.install(account)
    return { status: 200, text: 'Installed' }
  }

  /** Once for each code: the App with its secrets, whose webhooks go from now on where the manifest says. */
  async #convert(code = ''): Promise<{ status: number; body: unknown }> {
    const made = this.#codes.get(code)
    this.#codes.delete(code)
    if (made === undefined || made.until < Date.now()) throw new Refused(404, 'Not Found')
    const { manifest } = made
    const secret = randomBytes(20).toString('hex')
    const hook = manifest.hook_attributes as { readonly url: string }
    this.#layer.webhooks.receiver({ url: hook.url, secret })
    const owner = await this.#layer.account(made.owner)
    const now = new Date().toISOString()
    const body = {
      id: this.#app.id,
      slug,
      node_id: 'A_1',
      owner,
      name: manifest.name,
      description: manifest.description,
      external_url: manifest.url,
      html_url: `${this.#layer.origin}/apps/${slug}`,
      created_at: now,
      updated_at: now,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
      client_id: 'Iv1.1',
      client_secret: randomBytes(20).toString('hex'),
      webhook_secret: secret,
      pem: this.#app.privateKey,
    }
    return { status: 201, body }
  }
}
