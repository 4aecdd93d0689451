/**
 * What a release of Slipway itself is made of, from the folder it is called in:
 *   node scripts/prepare-release.ts v1.2.3 owner/name FOLDER
 * Refuses a tag that is not the version of package.json or has no section in CHANGELOG.md. Writes `notes.md` and
 * `sbom.cdx.json` (CycloneDX) into FOLDER, the repository into package.json, as npm's provenance wants it, and the
 * version to the step's outputs.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [tag = '', repository = '', folder = ''] = process.argv.slice(2)

function refuse(sentence: string): never {
  process.stderr.write(`prepare-release: ${sentence}\n`)
  process.exit(1)
}

/** The section of a version: what stands between its heading and the next. */
function sectionOf(changelog: string, version: string): string | null {
  const sections = changelog.split(/^## /m).slice(1)
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version)
  const words = section?.slice(section.indexOf('\n')).trim() ?? ''
  return words === '' ? null : words
}

if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) refuse(`repository: got "${repository}", expected owner/name`)
if (folder === '') refuse('the folder to write into is missing')
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
if (tag !== `v${manifest.version}`)
  refuse(`tag: got "${tag}", expected v${manifest.version}, as package.json says`)
const notes = sectionOf(readFileSync('CHANGELOG.md', 'utf8'), manifest.version)
if (notes === null) refuse(`CHANGELOG.md has no section "## ${manifest.version}"`)

mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'notes.md'), `${notes}\n`)
const sbom = execFileSync(
  'npm',
  ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--omit', 'dev'],
  {
    maxBuffer: 1 << 28,
  },
)
writeFileSync(join(folder, 'sbom.cdx.json'), sbom)
manifest.repository = { type: 'git', url: `git+https://github.com/${repository}.git` }
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `version=${manifest.version}\n`)
