/**
 * Writes test/upstream/families/recorded-families.json: of well-known packages that belong together, what two releases in a
 * row ask for and when they came, as the registries say it; asked with the clients' own libraries (npm-registry-fetch of the
 * npm on this machine, pip's session). Kept of dependencies are those on packages of the same family: the rest of their
 * trees is large and says nothing here. `node scripts/record-families.ts`
 */
import { execFileSync } from 'node:child_process'
import { realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

type Document = Record<string, unknown>

interface Wanted {
  readonly names: readonly string[]
  readonly before: string
  readonly after: string
}

const angular = ['compiler', 'core', 'common', 'platform-browser', 'forms', 'router']
const eslint = [
  'types',
  'visitor-keys',
  'scope-manager',
  'typescript-estree',
  'utils',
  'parser',
  'eslint-plugin',
]
const babel = ['types', 'parser', 'generator', 'traverse', 'core']
const npmFamilies: Readonly<Record<string, Wanted>> = {
  angular: { names: angular.map((name) => `@angular/${name}`), before: '22.2.5', after: '22.2.6' },
  react: { names: ['react', 'react-dom'], before: '19.3.0', after: '19.3.1' },
  vitest: {
    names: ['vitest', '@vitest/coverage-v8', '@vitest/ui', '@vitest/mocker', '@vitest/spy', '@vitest/utils'],
    before: '5.1.1',
    after: '5.1.2',
  },
  storybook: {
    names: ['storybook', '@storybook/react', '@storybook/addon-docs'],
    before: '10.6.6',
    after: '10.6.7',
  },
  'typescript-eslint': {
    names: ['typescript-eslint', ...eslint.map((name) => `@typescript-eslint/${name}`)],
    before: '8.73.0',
    after: '8.74.0',
  },
  babel: { names: babel.map((name) => `@babel/${name}`), before: '8.1.2', after: '8.1.3' },
  jest: {
    names: ['babel-jest', 'jest-config', '@jest/core', 'jest-cli', 'jest'],
    before: '30.5.1',
    after: '30.5.2',
  },
}
/** Their numbers differ, so each package has its own. */
const pypiFamilies: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  pydantic: { pydantic: ['2.14.3', '2.14.4'], 'pydantic-core': ['2.50.4', '2.50.5'] },
  opentelemetry: {
    'opentelemetry-api': ['1.45.1', '1.45.2'],
    'opentelemetry-semantic-conventions': ['0.66b1', '0.66b2'],
    'opentelemetry-sdk': ['1.45.1', '1.45.2'],
  },
  notebook: { jupyterlab: ['4.6.5', '4.6.6'], notebook: ['7.6.4', '7.6.5'] },
}

const mapping = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as Document
const npmCli = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())
const registryFetch = createRequire(npmCli)('npm-registry-fetch') as (
  path: string,
  options: object,
) => Promise<{ json(): Promise<Document> }>

async function recordNpm({ names, before, after }: Wanted) {
  const found: Document = {}
  for (const name of names) {
    const document = await (
      await registryFetch(`/${name.replace('/', '%2f')}`, { fullMetadata: true })
    ).json()
    const asked = (manifest: Document, kind: string) => {
      const kept = Object.entries(mapping(manifest[kind])).filter(([other]) => names.includes(other))
      return kept.length === 0 ? undefined : Object.fromEntries(kept)
    }
    const versions = [before, after].map((version) => {
      const manifest = mapping(mapping(document.versions)[version])
      const kinds = ['dependencies', 'peerDependencies', 'peerDependenciesMeta'] as const
      const asks = Object.fromEntries(kinds.map((kind) => [kind, asked(manifest, kind)]))
      return [version, { at: mapping(document.time)[version], ...asks }]
    })
    found[name] = Object.fromEntries(versions)
    process.stderr.write(`${name}\n`)
  }
  return found
}

const pipScript = `
import io, json, sys, zipfile
from email.parser import Parser
from pip._internal.network.session import PipSession
session = PipSession()
found = {}
for name, versions in json.loads(sys.argv[1]).items():
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    files = session.get("https://pypi.org/simple/" + name + "/", headers=accept).json()["files"]
    found[name] = {}
    for version in versions:
        start = name.replace("-", "_") + "-" + version + "-"
        wheels = [file for file in files if file["filename"].startswith(start) and file["filename"].endswith(".whl")]
        smallest = min(wheels, key=lambda file: file.get("size") or 0)
        wheel = zipfile.ZipFile(io.BytesIO(session.get(smallest["url"]).content))
        metadata = next(path for path in wheel.namelist() if path.endswith(".dist-info/METADATA"))
        lines = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist") or []
        found[name][version] = {"at": min(file["upload-time"] for file in wheels), "requires_dist": lines}
print(json.dumps(found))
`

function recordPypi(versions: Readonly<Record<string, readonly string[]>>): Document {
  const options = { encoding: 'utf8', maxBuffer: 1024 ** 3 } as const
  const names = Object.keys(versions)
  const found = mapping(
    JSON.parse(execFileSync('python3', ['-c', pipScript, JSON.stringify(versions)], options)),
  )
  const isOwn = (line: unknown) =>
    names.some((name) => new RegExp(`^${name}(?![\\w.-])`, 'i').test(String(line)))
  return Object.fromEntries(
    Object.entries(found).map(([name, known]) => [
      name,
      Object.fromEntries(
        Object.entries(mapping(known)).map(([version, said]) => {
          const { at, requires_dist: lines } = mapping(said)
          const kept = Array.isArray(lines)
            ? lines.filter((line) => isOwn(line) && !/extra *==/.test(line))
            : []
          return [version, { at, requires_dist: kept }]
        }),
      ),
    ]),
  )
}

const npm: Document = {}
for (const [family, wanted] of Object.entries(npmFamilies)) npm[family] = await recordNpm(wanted)
const pypi: Document = {}
for (const [family, versions] of Object.entries(pypiFamilies)) pypi[family] = recordPypi(versions)
const file = new URL('../test/upstream/families/recorded-families.json', import.meta.url)
writeFileSync(file, `${JSON.stringify({ npm, pypi }, null, 1)}\n`)
