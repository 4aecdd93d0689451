import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { getInput, info } from '@actions/core'
import { simpleTypes } from '../../catalog/hosted/project-page.ts'
import type { OverlaidProject } from '../../catalog/overlaid/overlaid-project.ts'
import { overlaidProjectPage } from '../../catalog/overlaid/overlaid-pypi-documents.ts'
import { withReleased } from '../../catalog/overlaid/plan-adoption.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import {
  type PackageViews,
  packageViews,
  viewDelta,
  visibilityOf,
} from '../../catalog/views/package-views.ts'
import type { View } from '../../catalog/views/view.ts'
import { bucketOf } from '../../cohort/bucket.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { readProject } from '../../registries/pypi/pypi-registry.ts'
import type { PackageId } from '../../versions/release.ts'
import type { World } from './open-world.ts'

/** Keys to choose from: `/key/0/` to `/key/99/`. Each hashes like any cohort key, anew for every rollout. */
const keys = 100

/**
 * Writes the project pages of this repository's PyPI packages for a plain file server: `without/` shows full releases
 * only, `with/` every live candidate, and `key/<n>/` one of the two, as the percent and that key's bucket say. Hidden
 * versions are yanked, so that exact pins resolve everywhere. Nothing is written where the input `pages` is not given.
 */
export async function writePages(world: World<RolloutReader>): Promise<void> {
  const folder = getInput('pages')
  if (folder === '') return
  const url = (getInput('pypi-index') || 'https://pypi.org/simple').replace(/\/+$/, '')
  const packages = (world.file.releases ?? []).map((release) => release.package)
  for (const id of packages.filter((name) => name.startsWith('pypi:'))) {
    const read = await readProject({ url, token: null }, id)
    // What was written last stays: a page that is a tick old harms nobody.
    if (!read.ok || read.project === null) {
      world.log.warn('pages were not written', { package: id, why: read.ok ? 'PyPI has none' : read.message })
      continue
    }
    await writePackage(world, id, withReleased(read.project, 'all'), resolve(process.cwd(), folder))
    info(`pages of ${id} written to ${folder}`)
  }
}

async function writePackage(
  world: World<RolloutReader>,
  id: PackageId,
  project: OverlaidProject,
  folder: string,
): Promise<void> {
  const views = packageViews(project.record, exposuresOf(id, world.engine.rolloutsOf(id)))
  const wanted: [string, View][] = [
    ['without', { kind: 'stable' }],
    ['with', { kind: 'candidate' }],
    ...Array.from({ length: keys }, (_, key): [string, View] => [
      `key/${key}`,
      { kind: 'cohort', key: String(key) },
    ]),
  ]
  for (const [name, view] of wanted) {
    const place = join(folder, name, 'simple', id.slice('pypi:'.length))
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'index.html'), pageOf(world, project, views, view))
  }
}

function pageOf(world: World, project: OverlaidProject, views: PackageViews, view: View): string {
  const visibility = visibilityOf(views, viewDelta(views, view, bucket))
  const links = {
    fileUrl: (_name: string, upstream: string) => upstream,
    statusUrl: () => `${world.webUrl}/${world.repository.fullName}/issues?q=label%3Aslipway`,
  }
  return overlaidProjectPage(project, visibility, links, simpleTypes.plainHtml).body
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()
const bucket = (salt: string, key: string) => bucketOf(sha256, salt, key)
