import type { NodeClient } from './node-client.ts'

/** What npm says of itself without us. */
const NPM_USER_AGENT = 'npm/{npm-version} node/{node-version} {platform} {arch} workspaces/{workspaces}'

/**
 * The environment variables that lead package clients to the index under a key. Clients differ in what they make
 * of an address, so each gets its own where it has one:
 *
 * - npm asks the plain address and names the key in its user agent: npm 12 takes tarballs only from below the
 *   configured registry, and those never carry a view.
 * - pnpm, Yarn, Bun, pip and uv ask the address of the key. pnpm 10 and Yarn 1 know npm's variable only, so that
 *   one holds the address of the key where the project is theirs.
 * - Poetry reads no variable for its default source; those who have `poetry-plugin-pypi-mirror` are led.
 *
 * @param key null for a run that gets none: its clients see what is fully released
 * @param client the client of the project; null when it is none of Node's
 */
export function clientVariables(
  server: string,
  key: string | null,
  client: NodeClient | null,
): Readonly<Record<string, string>> {
  const view = key === null ? `${server}/channel/stable` : `${server}/as/${key}`
  const npm = `${view}/npm/`
  const simple = `${view}/pypi/simple/`
  const { protocol, hostname } = new URL(server)
  return {
    npm_config_registry: client === 'pnpm' || client === 'yarn' ? npm : `${server}/npm/`,
    ...(key === null ? {} : { npm_config_user_agent: `${NPM_USER_AGENT} slipway=${key}` }),
    pnpm_config_registry: npm,
    YARN_NPM_REGISTRY_SERVER: npm.replace(/\/$/, ''),
    ...(protocol === 'http:' ? { YARN_UNSAFE_HTTP_WHITELIST: hostname } : {}),
    BUN_CONFIG_REGISTRY: npm,
    PIP_INDEX_URL: simple,
    UV_DEFAULT_INDEX: simple,
    POETRY_PYPI_MIRROR_URL: simple,
  }
}
