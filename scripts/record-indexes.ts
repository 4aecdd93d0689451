/**
 * Writes test/differential/recorded.json.br: what npm's and PyPI's registries say of well-known packages, asked with the
 * clients' own libraries (npm-registry-fetch of the npm on this machine, pip's session). Of packages with very many
 * versions the newest are kept, with those that tags name and those that somebody withdrew. `node scripts/record-indexes.ts`
 */
import { execFileSync } from 'node:child_process'
import { realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { brotliCompressSync, constants } from 'node:zlib'

const npmNames = [
  ...[
    'ms',
    'react',
    'express',
    'lodash',
    'request',
    'chalk',
    'semver',
    'uuid',
    'debug',
    'left-pad',
    'core-js',
  ],
  ...[
    '@babel/core',
    '@types/node',
    '@sindresorhus/is',
    'esbuild',
    'fsevents',
    'sharp',
    'vue',
    'axios',
    'colors',
  ],
  ...['event-stream', 'node-fetch', 'moment', 'yargs', 'glob', 'rimraf', 'zod', 'prettier', 'coa', 'faker'],
]
const pypiNames = [
  ...['idna', 'six', 'requests', 'urllib3', 'numpy', 'cryptography', 'attrs', 'setuptools', 'pip', 'wheel'],
  ...['flask', 'django', 'pyyaml', 'lxml', 'pillow', 'pytz', 'click', 'jinja2', 'markupsafe', 'certifi'],
  ...[
    'cffi',
    'pycparser',
    'packaging',
    'black',
    'pytest',
    'pluggy',
    'zipp',
    'simplejson',
    'pywin32',
    'zope-interface',
  ],
]
const mostVersions = 25
const mostFiles = 120

const npmCli = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())
const registryFetch = createRequire(npmCli)('npm-registry-fetch') as (
  path: string,
  options: object,
) => Promise<{ json(): Promise<Document> }>

type Document = Record<string, unknown>
const mapping = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as Document

async function recordNpm(name: string) {
  const document = await (await registryFetch(`/${name.replace('/', '%2f')}`, { fullMetadata: true })).json()
  const times = mapping(document.time)
  const age = ([version]: readonly [string, unknown]) => Date.parse(String(times[version] ?? '')) || 0
  const versions = Object.entries(mapping(document.versions)).toSorted((a, b) => age(a) - age(b))
  const tagged = Object.values(mapping(document['dist-tags']))
  const kept = versions.filter(([version, manifest], index) => {
    const isOdd = mapping(manifest).deprecated !== undefined && index % 5 === 0
    return isOdd || tagged.includes(version) || index >= versions.length - mostVersions
  })
  const names = kept.slice(-mostVersions * 2).map(([version]) => version)
  const time = Object.entries(mapping(document.time)).filter(
    ([key]) => names.includes(key) || key === 'created' || key === 'modified',
  )
  const tags = Object.entries(mapping(document['dist-tags'])).filter(([, version]) =>
    names.includes(String(version)),
  )
  return {
    ...document,
    readme: undefined,
    'dist-tags': Object.fromEntries(tags),
    versions: Object.fromEntries(kept.filter(([version]) => names.includes(version))),
    time: Object.fromEntries(time),
  }
}

const pipScript = `
import json, sys
from pip._internal.configuration import Configuration
from pip._internal.network.session import PipSession
known = Configuration(isolated=False)
known.load()
index = dict(known.items()).get("global.index-url") or "https://pypi.org/simple"
session = PipSession(index_urls=[index])
found = {}
for name in sys.argv[1:]:
    page = lambda accept: session.get(index.rstrip("/") + "/" + name + "/", headers={"Accept": accept})
    found[name] = {"json": page("application/vnd.pypi.simple.v1+json").json(), "html": page("text/html").text}
print(json.dumps(found))
`

interface Page {
  readonly json: Document & { readonly files: readonly Document[] }
  readonly html: string
}

function recordPypi(): Record<string, Page> {
  const options = { encoding: 'utf8', maxBuffer: 1024 ** 3 } as const
  const found = JSON.parse(execFileSync('python3', ['-c', pipScript, ...pypiNames], options)) as Record<
    string,
    Page
  >
  return Object.fromEntries(Object.entries(found).map(([name, page]) => [name, shortened(page)]))
}

/** The newest files, some of the oldest, and what was yanked; the same of both forms. */
function shortened({ json, html }: Page): Page {
  const last = json.files.length - mostFiles
  const kept = json.files.filter(
    ({ yanked }, index) => index >= last || index < 10 || (yanked !== false && index % 3 === 0),
  )
  const names = new Set(kept.map(({ filename }) => String(filename)))
  const anchors = html.replace(/<a [^>]*>([^<]*)<\/a>(?:<br ?\/?>)?\n?/g, (anchor, name) =>
    names.has(name) ? anchor : '',
  )
  return { json: { ...json, files: kept }, html: anchors }
}

/** A mirror may have been asked: what is kept names the registries themselves. */
const publicHosts = (text: string) =>
  text
    .replaceAll(/https?:\/\/[^/"\s]+(\/(?:@[^/"\s]+\/)?[^/"\s]+\/-\/)/g, 'https://registry.npmjs.org$1')
    .replaceAll(/https?:\/\/[^"\s]+?(\/packages\/[0-9a-f]{2}\/)/g, 'https://files.pythonhosted.org$1')

const npm: Record<string, unknown> = {}
for (const name of npmNames) npm[name] = await recordNpm(name)
const text = publicHosts(JSON.stringify({ npm, pypi: recordPypi() }))
const compressed = brotliCompressSync(text, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
})
writeFileSync(new URL('../test/differential/recorded.json.br', import.meta.url), compressed)
console.log(
  `${npmNames.length + pypiNames.length} packages, ${text.length} characters, ${compressed.length} bytes`,
)
