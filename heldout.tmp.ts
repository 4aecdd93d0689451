import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { compareNpm, comparePypi, pairsBefore } from './bench/evidence/compared-pairs.ts'
const cache = join(homedir(), '.cache', 'slipway-bench')
const { mkdirSync } = await import('node:fs')
const pypi = 'idna certifi attrs rich typer sqlalchemy alembic redis jinja2 itsdangerous blinker pluggy iniconfig platformdirs filelock virtualenv anyio httpcore starlette uvicorn tqdm pygments mako humanize pendulum arrow boltons more-itertools cachetools python-dateutil pyyaml'.split(' ')
const npm = 'commander chalk semver express debug ws uuid dotenv yargs minimist rimraf fs-extra axios yaml nanoid picocolors ajv cors body-parser got execa ora inquirer marked prettier date-fns'.split(' ')
let good = 0, stop = 0, held = 0
const say = (eco: string, p: { package: string; from: string; to: string }, c: Awaited<ReturnType<typeof compareNpm>>) => {
  if (c === null) return console.log('not taken', p.package, p.from, p.to)
  good += 1
  const loud = c.findings.filter((f) => f.level !== 'say')
  if (loud.length > 0) { held += 1; console.log(eco, p.package, p.from, '->', p.to, c.change, loud.map((f) => `${f.level} ${f.code} ${f.what.slice(0, 3).join(' | ')}`).join('; ')) }
  if (loud.some((f) => f.level === 'stop')) stop += 1
}
for (const name of pypi) {
  try {
    const pairs = await pairsBefore(cache, { package: name, good: '99999' } as never, 3)
    const { filesOnPypi } = await import('./bench/evidence/take-pypi.ts')
    const { parseDistributionName } = await import('./src/versions/distribution-name.ts')
    const { pep440Scheme } = await import('./src/versions/pep440-scheme.ts')
    const vs = [...new Set((await filesOnPypi(cache, name)).flatMap((f) => parseDistributionName(f.name).slice(0, 1).map((x) => x.version)))].filter((v) => !pep440Scheme.isPrerelease(v)).sort(pep440Scheme.compare).slice(-4)
    void pairs
    for (let i = 1; i < vs.length; i += 1) say('pypi', { package: name, from: vs[i - 1]!, to: vs[i]! }, await comparePypi(cache, { package: name, from: vs[i - 1]!, to: vs[i]! }, []))
  } catch (e) { console.log('failed', name, String(e).slice(0, 200)) }
}
console.log('pypi', { good, stop, held }); good = stop = held = 0
for (const name of npm) {
  try {
    const vs = (JSON.parse(execFileSync('npm', ['view', name, 'versions', '--json'], { encoding: 'utf8' })) as string[]).filter((v) => !v.includes('-')).slice(-4)
    for (let i = 1; i < vs.length; i += 1) say('npm', { package: name, from: vs[i - 1]!, to: vs[i]! }, await compareNpm(cache, { package: name, from: vs[i - 1]!, to: vs[i]! }, []))
  } catch (e) { console.log('failed', name, String(e).slice(0, 200)) }
}
console.log('npm', { good, stop, held })
mkdirSync
